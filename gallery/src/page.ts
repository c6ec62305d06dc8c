/** The page of whoever has signed in, or what to do for those who could not. */
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createApp, type Component } from 'vue'
import App from '@/App.vue'
import { connect } from '@/api/client'
import { Problem } from '@/api/problems'
import type { Config } from '@/config'
import { HERE, meQuery } from '@/here'
import State from '@/parts/State.vue'
import Unreachable from '@/parts/Unreachable.vue'
import { say } from '@/parts/toasts'
import { listAhead } from '@/pictures/ahead'
import { wait } from '@/pictures/removal'
import { loadAgain } from '@/release'
import { routes } from '@/routes'
import { HandedOverError, type Session } from '@/session/session'
import { words } from '@/words'

const RETRIES = 3
const LONG_MS = 2000
const SOON_MS = 500

export interface Begun {
  config: Config
  session: Session
}

/** Show the page as soon as it is known who has signed in. */
export async function open(begun: Promise<Begun>): Promise<void> {
  try {
    await start(await begun)
  } catch (error) {
    if (error instanceof HandedOverError)
      show(State, { title: words.shell.handedOver, text: words.shell.closeWindow })
    else show(Unreachable, { error })
  }
}

async function start({ config, session }: Begun): Promise<void> {
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < RETRIES && error instanceof Problem && error.passing,
      },
    },
  })
  const api = connect(session)
  const router = routes()
  addEventListener('vite:preloadError', async () => {
    if (!(await loadAgain())) say(words.problems.network)
  })
  const at = router.resolve(location.pathname + location.search)
  const listed = at.matched.some(({ name }) => name === 'pictures')
  const first = listed ? listAhead(api, at.query) : undefined
  // Its pictures come after it.
  const shown = Promise.race([first, wait(LONG_MS)]).then(() => wait(SOON_MS))
  // No picture may be asked for before its cookies are there.
  await queries.prefetchQuery({ ...meQuery(api), retry: false })
  createApp(App)
    .use(VueQueryPlugin, { queryClient: queries })
    .use(router)
    .provide(HERE, { config, session, api, shown })
    .mount('#app')
}

function show(component: Component, props: Record<string, unknown>): void {
  createApp(component, props).mount('#app')
}
