/** Drawing many things a few with each frame: dozens at once would hold a frame up. */
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'

export interface Near {
  id: string
  /** The nearest are drawn first. */
  distance: number
}

/** The ids of what is near that may be drawn by now: those of before, and so many more with each
 * frame until none is missing. */
export function gradually(near: () => Near[], atOnce: number): ShallowRef<ReadonlySet<string>> {
  const drawn = shallowRef<ReadonlySet<string>>(new Set())
  let frame = 0

  function draw(): void {
    cancelAnimationFrame(frame)
    const [known, missing] = [[], []] as [Near[], Near[]]
    for (const each of near()) (drawn.value.has(each.id) ? known : missing).push(each)
    const next = missing.sort((a, b) => a.distance - b.distance).slice(0, atOnce)
    drawn.value = new Set([...known, ...next].map(({ id }) => id))
    if (next.length < missing.length) frame = requestAnimationFrame(draw)
  }

  watch(near, draw, { immediate: true })
  onScopeDispose(() => cancelAnimationFrame(frame))
  return drawn
}
