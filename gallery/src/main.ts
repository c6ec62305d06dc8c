/** The beginning: who has signed in. The rest of the page is loaded for those who have alone, while
 * their tokens are on the way. */
import { loadConfig } from '@/config'
import { loadAgain } from '@/release'
import { begin, isBack } from '@/session/session'
import { opening } from '@/words/en/opening'
import '@/styles/tokens.css'
import '@/styles/base.css'

addEventListener('vite:preloadError', () => void loadAgain())

const back = isBack()
const begun = loadConfig().then(async (config) => ({ config, session: await begin(config) }))
// Whoever is led away to sign in needs no page, unless that fails.
const needed = back ? Promise.resolve() : begun
const page = needed.catch(() => undefined).then(() => import('@/page'))
page
  .then(({ open }) => open(begun))
  .catch(async () => {
    const text = document.querySelector('.opening')
    if (!(await loadAgain()) && text) text.textContent = opening.unreachable
  })
// The page shows what went wrong, once it is there.
begun.catch(() => undefined)
