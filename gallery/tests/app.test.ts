import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import App from '@/App.vue'
import { connect } from '@/api/client'
import { HERE } from '@/here'
import { CONFIG } from './config'
import { SESSION } from './session'

const ME = { reviewer: true, used: { bytes: 0 }, limits: { bytes: 1 } }
const View = { render: () => null }

let view: VueWrapper
let loaded: string[]

beforeEach(async () => {
  loaded = []
  vi.stubGlobal('location', { origin: 'http://127.0.0.1' })
  vi.stubGlobal('fetch', async () => Response.json({ ...ME, pictures: [] }))
  // As browsers have none: what Node.js does with queues refuses targets of events that are the page's.
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
  const router = createRouter({
    history: createMemoryHistory(),
    routes: ['/', '/review', '/trash', '/duplicates'].map((path) => ({
      path,
      component: async () => (loaded.push(path), View),
    })),
  })
  await router.push('/')
  const queryClient = new QueryClient()
  queryClient.setQueryData(['me'], ME)
  const shown = new Promise<void>(() => undefined)
  view = mount(App, {
    global: {
      plugins: [router, [VueQueryPlugin, { queryClient }]],
      provide: {
        [HERE as symbol]: { config: CONFIG, session: SESSION, api: connect(SESSION), shown },
      },
      stubs: { SearchField: true, Toasts: true, Keys: true },
    },
  })
  await flushPromises()
  loaded = []
})
afterEach(() => {
  view.unmount()
  vi.unstubAllGlobals()
})

it('a link that is pointed at, or has the focus, loads the code of its view once', async () => {
  for (const [path, event] of [
    ['/review', 'pointerenter'],
    ['/trash', 'focus'],
    ['/duplicates', 'pointerenter'],
    ['/trash', 'pointerenter'],
  ] as const) {
    await view.get(`a[href="${path}"]`).trigger(event)
    await flushPromises()
  }
  expect(loaded).toEqual(['/review', '/trash', '/duplicates'])
})

it('a link loads nothing ahead without a network', async () => {
  vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  await view.get('a[href="/trash"]').trigger('pointerenter')
  await flushPromises()
  expect(loaded).toEqual([])
})
