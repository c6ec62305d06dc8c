/** Short messages, each with at most one action. */
import { shallowReactive } from 'vue'
import { Problem } from '@/api/problems'
import { words } from '@/words'
import { sentence } from '@/words/sentence'

export interface Toast {
  id: number
  text: string
  action?: { label: string; run: () => unknown }
}

export const toasts = shallowReactive<Toast[]>([])

const SHOWN_MS = 8000
const timers = new Map<number, ReturnType<typeof setTimeout>>()
let last = 0

/** Show `text` for eight seconds, and while it is pointed at or has the focus; an action, such as
 * undoing, ends it at once. */
export function say(text: string, action?: Toast['action']): void {
  const id = ++last
  const run = action && {
    label: action.label,
    run: () => {
      dismiss(id)
      return action.run()
    },
  }
  toasts.push(run ? { id, text, action: run } : { id, text })
  release(id)
}

/** Keep showing it. */
export function hold(id: number): void {
  clearTimeout(timers.get(id))
}

/** Show it for eight seconds more. */
export function release(id: number): void {
  hold(id)
  // One that had the focus loses it as it goes.
  if (!toasts.some((each) => each.id === id)) return
  timers.set(
    id,
    setTimeout(() => dismiss(id), SHOWN_MS),
  )
}

/** What happened, in words: the API's own message where it says more than its code. */
export function explain(error: unknown): string {
  if (!(error instanceof Problem)) return words.problems.internal
  const own = error.code === 'conflict' && error.message
  return own ? sentence(own) : words.problems[error.code]
}

export function complain(error: unknown): void {
  say(explain(error))
}

export function dismiss(id: number): void {
  hold(id)
  timers.delete(id)
  const place = toasts.findIndex((each) => each.id === id)
  if (place >= 0) toasts.splice(place, 1)
}
