/** Resting on a picture's tile, with the pointer or the focus: what the viewer needs is then fetched
 * ahead. */
import { useQueryClient } from '@tanstack/vue-query'
import { onScopeDispose } from 'vue'
import { useHere } from '@/here'
import { mayLoadAhead } from '@/parts/online'
import { loadQuietly } from '@/release'

const REST_MS = 100

export interface Ahead {
  /** The tile that is pointed at or has the focus now, if one is. */
  rest: (id: string | undefined) => void
  /** The page moves under the pointer: resting begins anew. */
  moved: () => void
}

/** Fetch ahead what is rested on, one picture at a time: of those rested on meanwhile the last
 * alone comes next, if it is still rested on. */
export function aheadOf(
  fetchAhead: (id: string, still: () => boolean) => Promise<void>,
  allowed: () => boolean,
): Ahead {
  let on: string | undefined
  let next: string | undefined
  let busy = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function wait(): void {
    clearTimeout(timer)
    timer = on === undefined ? undefined : setTimeout(rested, REST_MS)
  }

  async function rested(): Promise<void> {
    timer = undefined
    next = on
    if (busy) return
    busy = true
    while (next !== undefined && allowed()) {
      const id = next
      next = undefined
      await fetchAhead(id, () => on === id && allowed())
    }
    busy = false
  }

  return {
    rest(id) {
      if (id === on) return
      on = id
      next = undefined
      wait()
    },
    moved() {
      if (timer !== undefined) wait()
    },
  }
}

/** For a grid, unless people save data, have no network, or select. */
export function useAhead(selecting: () => boolean): Ahead {
  const { api, config } = useHere()
  const world = {
    api,
    config,
    queries: useQueryClient(),
    load: () => import('@/viewer/Viewer.vue'),
  }
  async function fetchAhead(id: string, still: () => boolean): Promise<void> {
    let ahead: typeof import('@/viewer/ahead') | undefined
    await loadQuietly(async () => (ahead = await import('@/viewer/ahead')))
    await ahead?.fetchAhead(world, id, still)
  }
  const ahead = aheadOf(fetchAhead, () => mayLoadAhead() && !selecting())
  onScopeDispose(() => ahead.rest(undefined))
  return ahead
}
