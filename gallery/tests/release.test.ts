import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { loadAgain, loadQuietly } from '@/release'

const reload = vi.fn()
const found = vi.fn<() => Promise<Response>>()
let online = true

beforeEach(() => {
  online = true
  reload.mockReset()
  found.mockReset().mockImplementation(async () => new Response('{}'))
  sessionStorage.clear()
  vi.stubGlobal('location', { reload })
  vi.stubGlobal('fetch', found)
  vi.spyOn(navigator, 'onLine', 'get').mockImplementation(() => online)
})
afterEach(() => void vi.unstubAllGlobals())

it('a page that lacks a file of an earlier release is loaded again', async () => {
  expect(await loadAgain()).toBe(true)
  expect(reload).toHaveBeenCalledOnce()
})

it('without a network the page stays, with what waits in it', async () => {
  online = false
  expect(await loadAgain()).toBe(false)
  expect(found).not.toHaveBeenCalled()
  expect(reload).not.toHaveBeenCalled()
})

it.each([
  ['does not respond', () => Promise.reject(new TypeError('Failed to fetch'))],
  ['fails', async () => new Response('', { status: 503 })],
])('while the site %s the page stays', async (_, response) => {
  found.mockImplementation(response)
  expect(await loadAgain()).toBe(false)
  expect(reload).not.toHaveBeenCalled()
})

it('a page whose files are missing is not loaded again and again', async () => {
  expect(await loadAgain()).toBe(true)
  expect(await loadAgain()).toBe(false)
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_001)
  expect(await loadAgain()).toBe(true)
  expect(reload).toHaveBeenCalledTimes(2)
})

it('several files that do not load are one attempt', async () => {
  expect(await Promise.all([loadAgain(), loadAgain()])).toEqual([true, true])
  expect(reload).toHaveBeenCalledOnce()
})

it('what nobody has asked for fails in silence, and only that', async () => {
  const told = vi.fn()
  const fail = async () => {
    dispatchEvent(new Event('vite:preloadError'))
    throw new TypeError('Failed to fetch dynamically imported module')
  }
  addEventListener('vite:preloadError', told)
  await Promise.all([loadQuietly(fail), loadQuietly(fail)])
  expect(told).not.toHaveBeenCalled()
  await expect(fail()).rejects.toThrow(TypeError)
  expect(told).toHaveBeenCalledOnce()
  removeEventListener('vite:preloadError', told)
})
