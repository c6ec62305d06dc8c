import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import Toasts from '@/parts/Toasts.vue'
import { dismiss, say, toasts } from '@/parts/toasts'

const SHOWN_MS = 8000

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  for (const { id } of [...toasts]) dismiss(id)
  vi.useRealTimers()
})

it('a message goes after eight seconds', () => {
  say('Moved to the trash')
  vi.advanceTimersByTime(SHOWN_MS - 1)
  expect(toasts.map(({ text }) => text)).toEqual(['Moved to the trash'])
  vi.advanceTimersByTime(1)
  expect(toasts).toEqual([])
})

it.each([
  ['pointed at', 'pointerenter', 'pointerleave'],
  ['focused', 'focusin', 'focusout'],
])('a message stays while it is %s, as its action would go with it', async (_, begin, end) => {
  say('Moved to the trash', { label: 'Undo', run: () => undefined })
  const view = mount(Toasts)
  await view.get('.toast').trigger(begin)
  vi.advanceTimersByTime(10 * SHOWN_MS)
  expect(toasts).toHaveLength(1)
  await view.get('.toast').trigger(end)
  vi.advanceTimersByTime(SHOWN_MS)
  expect(toasts).toEqual([])
  view.unmount()
})

it('a message that was dismissed does not come back to its end', async () => {
  say('Moved to the trash')
  const view = mount(Toasts)
  const gone = view.get('.toast')
  await view.get('button').trigger('click')
  await gone.trigger('focusout')
  expect(toasts).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
  view.unmount()
})
