/** How high rows of pictures are, which people choose once for every grid. */
import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

const SIZES = [80, 120, 160, 220, 300, 400]
const KEY = 'row-height'

export interface Height {
  size: Ref<number>
  resize: (step: 1 | -1) => void
}

/** In pixels; the wheel with Ctrl changes it too. */
export function useHeight(): Height {
  const size = ref(Number(localStorage.getItem(KEY)) || (innerWidth < 640 ? 120 : 220))

  function resize(step: 1 | -1): void {
    const at = SIZES.findIndex((each) => each >= size.value)
    size.value = SIZES[Math.min(SIZES.length - 1, Math.max(0, at + step))]!
    localStorage.setItem(KEY, String(size.value))
  }

  function wheel(event: WheelEvent): void {
    if (!event.ctrlKey || !(event.target as Element).closest('.grid')) return
    event.preventDefault()
    resize(event.deltaY < 0 ? 1 : -1)
  }

  onMounted(() => addEventListener('wheel', wheel, { passive: false }))
  onBeforeUnmount(() => removeEventListener('wheel', wheel))
  return { size, resize }
}
