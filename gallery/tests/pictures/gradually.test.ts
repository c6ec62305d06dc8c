import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, shallowRef, type EffectScope } from 'vue'
import { gradually, type Near } from '@/pictures/gradually'

let scope: EffectScope

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['requestAnimationFrame', 'cancelAnimationFrame'] })
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

function at(...places: [string, number][]): Near[] {
  return places.map(([id, distance]) => ({ id, distance }))
}

test('the nearest come first, and the others with the frames that follow', () => {
  const near = at(['a', 3], ['b', 1], ['c', 2], ['d', 0], ['e', 9])
  const drawn = scope.run(() => gradually(() => near, 2))!
  expect([...drawn.value].sort()).toEqual(['b', 'd'])
  vi.advanceTimersToNextFrame()
  expect([...drawn.value].sort()).toEqual(['a', 'b', 'c', 'd'])
  vi.advanceTimersToNextFrame()
  expect([...drawn.value].sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(vi.getTimerCount()).toBe(0)
})

test('what is drawn stays while it is near, and makes no other wait', async () => {
  const near = shallowRef(at(['a', 0], ['b', 1]))
  const drawn = scope.run(() => gradually(() => near.value, 2))!
  near.value = at(['b', 0], ['c', 1], ['d', 2])
  await nextTick()
  expect([...drawn.value].sort()).toEqual(['b', 'c', 'd'])
})

test('nothing is drawn once its scope is gone', () => {
  const drawn = scope.run(() => gradually(() => at(['a', 0], ['b', 1]), 1))!
  scope.stop()
  expect(vi.getTimerCount()).toBe(0)
  expect([...drawn.value]).toEqual(['a'])
})
