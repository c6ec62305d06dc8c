/** Keys without modifiers, for whatever is on the page. `?` lists them. */
import { computed, onBeforeUnmount, onMounted, shallowReactive } from 'vue'
import { words } from '@/words'

export interface Key {
  /** As in `KeyboardEvent.key`; the first is the one that the list shows. */
  keys: string[]
  label: string
  /** Return false to leave the event to others, such as the layer below or the browser. */
  run: (event: KeyboardEvent) => unknown
}

interface Layer {
  keys: Key[]
  /** Whether no layer below it gets keys. */
  modal: boolean
}

const layers = shallowReactive<Layer[]>([])

/** The keys that work now, the topmost layer's first. */
export const active = computed(() => reachable().flatMap((layer) => layer.keys))

/** Have these keys for as long as the component is on the page. */
export function useKeys(keys: Key[], { modal = false } = {}): void {
  const layer = { keys, modal }
  onMounted(() => layers.push(layer))
  onBeforeUnmount(() => void layers.splice(layers.indexOf(layer), 1))
}

/** Run what the key does. Whoever types, or uses the browser's own keys, is left alone. */
export function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.isComposing || types(event.target)) return
  for (const { keys } of reachable()) {
    const key = keys.find((each) => each.keys.includes(event.key) && !taken(event, each))
    if (key && key.run(event) !== false) {
      event.preventDefault()
      return
    }
  }
}

/** The names of keys as they are printed on a keyboard. */
export function printed(key: string): string {
  return words.keys.names[key] ?? (key.length === 1 ? key.toUpperCase() : key)
}

function reachable(): Layer[] {
  const from = layers.findLastIndex((layer) => layer.modal)
  return layers.slice(Math.max(from, 0)).reverse()
}

function types(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input:not([type=checkbox]), textarea, select'))
  )
}

/** Space and enter belong to the button or link that has the focus. */
function taken(event: KeyboardEvent, key: Key): boolean {
  return (
    key.keys.some((each) => each === ' ' || each === 'Enter') &&
    (event.key === ' ' || event.key === 'Enter') &&
    event.target instanceof HTMLElement &&
    event.target.matches('button, a[href], summary, input')
  )
}
