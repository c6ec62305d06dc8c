import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { defineComponent } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import { connect } from '@/api/client'
import { HERE } from '@/here'
import Pictures from '@/pictures/Pictures.vue'
import { arrived } from '@/upload/arrived'
import { words } from '@/words'
import { CONFIG } from '../config'
import { SESSION } from '../session'

const DATE = '2026-05-01'

/** A grid that draws nothing. */
const EmptyGrid = defineComponent((_, { expose }) => {
  expose({ order: [], all: [], top: () => undefined })
  return () => null
})

let view: VueWrapper
let router: Router
let reachable: boolean

function json(body: unknown): Response {
  return new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } })
}

async function respond({ url }: Request): Promise<Response> {
  if (!reachable) throw new TypeError('Failed to fetch')
  const { pathname } = new URL(url)
  if (pathname.endsWith('/dates'))
    return json({ days: [{ date: DATE, pictures: 1, states: { ready: 1 } }], cursor: null })
  if (pathname === '/api/pictures')
    return json({ pictures: [{ id: 'a', date: DATE, status: 'ready', labels: [] }], cursor: null })
  return json({})
}

async function later(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await flushPromises()
}

beforeEach(async () => {
  reachable = true
  vi.stubGlobal('location', { origin: 'http://127.0.0.1' })
  vi.stubGlobal('scrollTo', () => undefined)
  vi.stubGlobal('fetch', respond)
  // As browsers have none: what Node.js does with queues refuses targets of events that are the page's.
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', name: 'pictures', component: { render: () => null } },
      { path: '/best', name: 'best', component: { render: () => null } },
    ],
  })
  await router.push('/')
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  view = mount(Pictures, {
    global: {
      plugins: [router, [VueQueryPlugin, { queryClient }]],
      provide: {
        [HERE as symbol]: { config: CONFIG, session: SESSION, api: connect(SESSION) },
      },
      stubs: { Grid: EmptyGrid, FilterField: true },
    },
  })
  await later()
})
afterEach(() => {
  view.unmount()
  arrived.clear()
  vi.unstubAllGlobals()
})

it('what arrived before another filter was chosen is not new to its list', async () => {
  arrived.set('b', 'ready')
  await later()
  expect(view.text()).toContain(words.pictures.fresh('1'))
  await router.push('/?label=Cat')
  await later()
  expect(view.text()).not.toContain(words.pictures.fresh('1'))
})

it('pictures that did not arrive are asked for again by hand, or once the network is back', async () => {
  for (const retry of [
    () => view.get('button.fresh').trigger('click'),
    () => dispatchEvent(new Event('online')),
  ]) {
    arrived.set('b', 'ready')
    await later()
    reachable = false
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    dispatchEvent(new Event('offline'))
    await view.get('button.fresh').trigger('click')
    await later()
    expect(view.get('button.fresh').text()).toBe(words.pictures.incomplete)
    reachable = true
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(true)
    await retry()
    await later()
    expect(view.find('button.fresh').exists()).toBe(false)
    arrived.clear()
    await later()
  }
})
