/** Which pictures are selected, and how clicks, keys and drags change it. */
import { computed, shallowReactive, type ComputedRef } from 'vue'

export interface Selection {
  ids: Set<string>
  active: ComputedRef<boolean>
  has: (id: string) => boolean
  /** Add or remove one; ranges then begin at it. */
  toggle: (id: string) => void
  /** Add everything from where the range begins to `id`, in the order of `all`. */
  extend: (id: string, all: string[]) => void
  /** Add all of these, or remove them if every one is selected. */
  toggleAll: (ids: string[]) => void
  clear: () => void
}

export function select(): Selection {
  const ids = shallowReactive(new Set<string>())
  let anchor: string | undefined

  return {
    ids,
    active: computed(() => ids.size > 0),
    has: (id) => ids.has(id),
    toggle(id) {
      if (!ids.delete(id)) ids.add(id)
      anchor = id
    },
    extend(id, all) {
      const [from, to] = [all.indexOf(anchor ?? id), all.indexOf(id)]
      if (from < 0 || to < 0) {
        ids.add(id)
        anchor = id
        return
      }
      for (const each of all.slice(Math.min(from, to), Math.max(from, to) + 1)) ids.add(each)
    },
    toggleAll(some) {
      if (some.every((id) => ids.has(id))) for (const id of some) ids.delete(id)
      else for (const id of some) ids.add(id)
    },
    clear() {
      ids.clear()
      anchor = undefined
    },
  }
}
