/** A layer over the whole page: nothing under it has the focus, and the focus returns. */
import { onBeforeUnmount, onMounted } from 'vue'

const ABOVE = '.toasts, dialog, .layer'

/** `back` takes the focus after the layer is gone, and returns false if it cannot. */
export function useModal(back: () => boolean): void {
  const before = document.activeElement
  let under: Element[] = []

  onMounted(() => {
    under = [...document.querySelectorAll('#app > *')].filter(
      (each) => !each.matches(ABOVE) && !each.hasAttribute('inert'),
    )
    for (const each of under) each.setAttribute('inert', '')
    const { classList, clientWidth, style } = document.documentElement
    style.setProperty('--gutter', `${innerWidth - clientWidth}px`)
    classList.add('covered')
  })
  onBeforeUnmount(() => {
    for (const each of under) each.removeAttribute('inert')
    document.documentElement.classList.remove('covered')
    if (back()) return
    if (before instanceof HTMLElement && before.isConnected) before.focus()
  })
}
