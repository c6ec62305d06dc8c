/** A tile that grows into the viewer, and shrinks back, where the browser can and people want it. */
import { nextTick } from 'vue'

/** The viewer's frame has this name in its style for as long as it is on the page. */
const NAME = 'picture'

function moves(): boolean {
  return (
    'startViewTransition' in document && !matchMedia('(prefers-reduced-motion: reduce)').matches
  )
}

/** Call on a click: `show` navigates to the viewer. */
export async function grow(tile: HTMLElement | undefined, show: () => Promise<unknown>) {
  if (!tile || !moves()) return show()
  tile.style.viewTransitionName = NAME
  const transition = document.startViewTransition(async () => {
    await show()
    tile.style.viewTransitionName = ''
    await nextTick()
  })
  return transition.updateCallbackDone
}

/** Call before the viewer goes: `hide` navigates to the grid, where the picture `id` has its tile. */
export async function shrink(id: string, hide: () => Promise<unknown>) {
  if (!moves()) return hide()
  let tile: HTMLElement | null = null
  const transition = document.startViewTransition(async () => {
    await hide()
    await nextTick()
    tile = document.querySelector<HTMLElement>(`main [data-id="${id}"]`)
    tile?.style.setProperty('view-transition-name', NAME)
  })
  void transition.finished.finally(() => tile?.style.removeProperty('view-transition-name'))
  return transition.updateCallbackDone
}
