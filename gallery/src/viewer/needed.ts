/** How many pixels a picture's files are loaded for. */
import { nextTick, onScopeDispose, readonly, ref, watch, type Ref } from 'vue'

const PAUSE_MS = 250

/** What the picture covers first, then more each time that zooming pauses, so that a pinch loads one
 * file. Never fewer: what is loaded stays good. */
export function useNeeded(
  id: Readonly<Ref<string>>,
  covers: Readonly<Ref<number>>,
): Readonly<Ref<number>> {
  const needed = ref(covers.value)
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(covers, (pixels) => {
    clearTimeout(timer)
    if (!needed.value) needed.value = pixels
    else if (pixels > needed.value) timer = setTimeout(() => (needed.value = pixels), PAUSE_MS)
  })
  watch(id, async () => {
    clearTimeout(timer)
    // Until the next picture is seen as a whole, what is covered is of the one before.
    needed.value = 0
    await nextTick()
    needed.value ||= covers.value
  })
  onScopeDispose(() => clearTimeout(timer))
  return readonly(needed)
}
