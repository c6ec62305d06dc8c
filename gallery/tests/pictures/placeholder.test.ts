import { rgbaToThumbHash } from 'thumbhash'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { placeholder, usePlaceholder } from '@/pictures/placeholder'

/** The ThumbHash of a plain colour, another one for each number. */
function hashOf(number: number): string {
  const pixels = Array.from({ length: 4 * 4 }, () => [number, 255 - number, 128, 255]).flat()
  return btoa(String.fromCharCode(...rgbaToThumbHash(4, 4, new Uint8Array(pixels))))
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('a ThumbHash is a PNG, and what is none is nothing', () => {
  expect(placeholder(hashOf(1))).toMatch(/^data:image\/png;base64,/)
  for (const none of [null, undefined, '', '%']) expect(placeholder(none)).toBe('')
})

test('of several placeholders each is decoded in a task of its own', () => {
  const scope = effectScope()
  const hashes = [50, 100, 150].map(hashOf)
  const found = scope.run(() => hashes.map((hash) => usePlaceholder(() => hash)))!
  const seen = (): boolean[] => found.map((each) => each.value !== '')

  expect(seen()).toEqual([false, false, false])
  vi.runOnlyPendingTimers()
  expect(seen()).toEqual([true, false, false])
  vi.runAllTimers()
  expect(found.map((each) => each.value)).toEqual(hashes.map(placeholder))
  scope.stop()
})

test('what is decoded already is there at once', () => {
  const hash = hashOf(200)
  const address = placeholder(hash)
  const scope = effectScope()
  expect(scope.run(() => usePlaceholder(() => hash))!.value).toBe(address)
  scope.stop()
})

test('a tile that shows another picture, or has gone, leaves nothing to decode', async () => {
  const hash = ref<string | null>(hashOf(10))
  const scope = effectScope()
  const address = scope.run(() => usePlaceholder(() => hash.value))!
  hash.value = hashOf(240)
  await nextTick()
  vi.runAllTimers()
  expect(address.value).toBe(placeholder(hash.value))
  hash.value = null
  await nextTick()
  expect(address.value).toBe('')
  hash.value = hashOf(30)
  await nextTick()
  scope.stop()
  vi.runAllTimers()
  expect(address.value).toBe('')
})
