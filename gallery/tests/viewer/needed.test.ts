import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { useNeeded } from '@/viewer/needed'

describe('the pixels that files are loaded for', () => {
  const scope = effectScope()
  const id = ref('a')
  const covers = ref(0)
  let needed: Readonly<{ value: number }>

  beforeEach(async () => {
    vi.useFakeTimers()
    id.value = 'a'
    covers.value = 0
    needed = scope.run(() => useNeeded(id, covers))!
    covers.value = 800
    await nextTick()
  })
  afterEach(() => vi.useRealTimers())

  async function zoom(pixels: number): Promise<void> {
    covers.value = pixels
    await nextTick()
  }

  it('are those of the whole picture at once', () => {
    expect(needed.value).toBe(800)
  })

  it('are more as soon as zooming pauses, once for all of it', async () => {
    const seen = new Set<number>()
    for (let pixels = 900; pixels <= 2400; pixels += 100) {
      await zoom(pixels)
      vi.advanceTimersByTime(100)
      seen.add(needed.value)
    }
    expect([...seen]).toEqual([800])
    vi.advanceTimersByTime(250)
    expect(needed.value).toBe(2400)
  })

  it('are never fewer, nor more than where zooming ended', async () => {
    await zoom(2400)
    await zoom(800)
    vi.advanceTimersByTime(1000)
    expect(needed.value).toBe(800)
    await zoom(1600)
    vi.advanceTimersByTime(250)
    await zoom(800)
    vi.advanceTimersByTime(1000)
    expect(needed.value).toBe(1600)
  })

  it('begin anew with another picture, whose zoom is not that of the one before', async () => {
    await zoom(2400)
    vi.advanceTimersByTime(250)
    id.value = 'b'
    // As the stage does, which shows every picture as a whole first.
    covers.value = 700
    await nextTick()
    expect(needed.value).toBe(700)
  })

  it('are the same of another picture of the same shape', async () => {
    id.value = 'b'
    await nextTick()
    await nextTick()
    expect(needed.value).toBe(800)
  })
})
