/** Parts of the page that do not load. A new release removes the files that an open page has not
 * loaded yet: then the page is loaded again, unless that would lose it. */

const KEY = 'reloaded'
/** A page whose files are missing from its own release would else load itself for ever. */
const PAUSE_MS = 60_000

let looking: Promise<boolean> | undefined

/** Load the page again if that may help: without a network, or while the site does not respond,
 * the browser would show an empty page in place of this one. Returns whether it is loaded again. */
export function loadAgain(): Promise<boolean> {
  looking ??= look().finally(() => (looking = undefined))
  return looking
}

async function look(): Promise<boolean> {
  if (!navigator.onLine || Date.now() - Number(sessionStorage.getItem(KEY)) < PAUSE_MS) return false
  const responded = await fetch('/config.json', { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  )
  if (!responded) return false
  sessionStorage.setItem(KEY, `${Date.now()}`)
  location.reload()
  return true
}

/** Load a part that nobody has asked for yet. Should it fail, the page stays as it is and says
 * nothing: whoever asks for it loads it again. */
export async function loadQuietly(load: () => Promise<unknown>): Promise<void> {
  const hush = (event: Event): void => event.stopImmediatePropagation()
  // It runs before the page's own, which do not capture.
  const capture = true
  addEventListener('vite:preloadError', hush, { capture })
  await load().catch(() => undefined)
  removeEventListener('vite:preloadError', hush, { capture })
}
