import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { createApp, type Component } from 'vue'
import App from '@/App.vue'
import { connect } from '@/api/client'
import { Problem } from '@/api/problems'
import { loadConfig } from '@/config'
import { HERE, meQuery } from '@/here'
import State from '@/parts/State.vue'
import Unreachable from '@/parts/Unreachable.vue'
import { routes } from '@/routes'
import { begin, HandedOverError } from '@/session/session'
import { words } from '@/words'
import '@/styles/tokens.css'
import '@/styles/base.css'

// A new release removes the files that an open page has not loaded yet.
addEventListener('vite:preloadError', () => location.reload())

const RETRIES = 3

async function app(): Promise<void> {
  const config = await loadConfig()
  const session = await begin(config)
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < RETRIES && error instanceof Problem && error.passing,
      },
    },
  })
  const api = connect(session)
  // No picture may be asked for before its cookies are there.
  await queries.prefetchQuery({ ...meQuery(api), retry: false })
  createApp(App)
    .use(VueQueryPlugin, { queryClient: queries })
    .use(routes())
    .provide(HERE, { config, session, api })
    .mount('#app')
}

function show(component: Component, props: Record<string, unknown>): void {
  createApp(component, props).mount('#app')
}

app().catch((error: unknown) => {
  if (error instanceof HandedOverError)
    show(State, { title: words.shell.handedOver, text: words.shell.closeWindow })
  else show(Unreachable, { error })
})
