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
  // Before the transition, which stops everything on the page until `show` is done.
  await import('./Viewer.vue')
  tile.style.viewTransitionName = NAME
  return update(async () => {
    await show()
    tile.style.viewTransitionName = ''
    await nextTick()
  })
}

/** Call before the viewer goes: `hide` navigates to the grid, where the picture `id` has its tile. */
export async function shrink(id: string, hide: () => Promise<unknown>) {
  if (!moves()) return hide()
  let tile: HTMLElement | null = null
  const named = update(async () => {
    await hide()
    await nextTick()
    tile = document.querySelector<HTMLElement>(`main [data-id="${id}"]`)
    tile?.style.setProperty('view-transition-name', NAME)
  })
  await named.finally(() => tile?.style.removeProperty('view-transition-name'))
}

/** Resolves once the movement is over. It is skipped on a page that is hidden, and by the next one. */
async function update(change: () => Promise<unknown>): Promise<void> {
  const transition = document.startViewTransition(change)
  const over = Promise.allSettled([transition.ready, transition.finished])
  await transition.updateCallbackDone
  await over
}
