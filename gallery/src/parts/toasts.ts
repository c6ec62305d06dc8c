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
let last = 0

/** Show `text` for eight seconds; an action, such as undoing, ends it at once. */
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
  setTimeout(() => dismiss(id), SHOWN_MS)
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
  const place = toasts.findIndex((each) => each.id === id)
  if (place >= 0) toasts.splice(place, 1)
}
