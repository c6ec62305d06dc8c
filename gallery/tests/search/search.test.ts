import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { connect } from '@/api/client'
import { HERE } from '@/here'
import Grid from '@/pictures/Grid.vue'
import Search from '@/search/Search.vue'
import { words } from '@/words'
import { CONFIG } from '../config'
import { SESSION } from '../session'

/** What the search responds with. */
let found: { status: number; body: unknown }
let view: VueWrapper | undefined

function pictures(count: number, exact = false): typeof found {
  const row = (id: number): unknown => ({
    id: id.toString(16).padStart(32, '0'),
    name: 'a.jpg',
    status: 'ready',
    date: '2026-05-01T00:00:00',
    labels: [],
    similarity: 0,
    why: [],
  })
  return {
    status: 200,
    body: { pictures: Array.from({ length: count }, (_, id) => row(id)), exact },
  }
}

async function at(address: string): Promise<string> {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', name: 'pictures', component: { render: () => null } },
      { path: '/search', name: 'search', component: { render: () => null } },
    ],
  })
  await router.push(address)
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  view = mount(Search, {
    global: {
      plugins: [router, [VueQueryPlugin, { queryClient }]],
      provide: {
        [HERE as symbol]: {
          config: CONFIG,
          session: SESSION,
          api: connect(SESSION),
          shown: Promise.resolve(),
        },
      },
      stubs: { Grid: true },
    },
  })
  await flushPromises()
  await flushPromises()
  return view.text()
}

beforeEach(() => {
  vi.stubGlobal('location', { origin: 'http://127.0.0.1' })
  vi.stubGlobal('scrollTo', () => undefined)
  vi.stubGlobal('fetch', async (request: Request) => {
    const isSearch = new URL(request.url).pathname === '/api/search'
    const { status, body } = isSearch ? found : { status: 404, body: { code: 'not_found' } }
    return new Response(JSON.stringify(body), {
      status,
      headers: { 'Content-Type': 'application/json' },
    })
  })
})
afterEach(() => {
  view?.unmount()
  vi.unstubAllGlobals()
})

it.each([
  ['an example', '/search?like=this-is-no-id', 'like must match a pattern'],
  ['its length', `/search?q=${'x'.repeat(501)}`, 'q must have at most 500 letters'],
  ['its only condition', '/search?q=after:may', 'after must be a day, month or year'],
])('a search that is refused for %s leads to all pictures', async (_, address, message) => {
  found = { status: 400, body: { code: 'invalid', message } }
  const text = await at(address)
  expect(text.toLowerCase()).toContain(message)
  expect(text).not.toContain(words.search.withoutConditions)
  expect(view!.get('a.button.main').text()).toBe(words.shell.toPictures)
})

it('whoever is refused for a condition can search for the words alone', async () => {
  found = { status: 400, body: { code: 'invalid', message: 'after must be a day' } }
  expect(await at('/search?q=boat+after:may')).toContain(words.search.withoutConditions)
})

it.each([
  ['boat', pictures(3), ''],
  ['boat', pictures(3, true), words.search.exact],
  ['boat label:sea', pictures(3), words.search.nearestOnly],
  ['label:sea', pictures(99), ''],
  ['label:sea', pictures(100), words.search.newestOnly],
])('what a search for %s leaves out is said', async (q, response, note) => {
  found = response
  await at(`/search?q=${encodeURIComponent(q)}`)
  expect(view!.find('.note').exists() ? view!.get('.note').text() : '').toBe(note)
})

it('each picture that words found says why: what has them, else that it is similar', async () => {
  found = pictures(5)
  const whys = [
    [{ kind: 'label', value: 'Boat' }],
    [{ kind: 'text', value: 'NO ENTRY' }],
    [{ kind: 'description', value: '…our boat' }],
    [
      { kind: 'label', value: 'Boat' },
      { kind: 'label', value: 'Lake' },
      { kind: 'text', value: 'Boat, lake' },
    ],
  ]
  const { body } = found as { body: { pictures: { id: string; why: unknown }[] } }
  whys.forEach((why, at) => (body.pictures[at]!.why = why))
  const said = (): unknown => view!.getComponent(Grid).props('why')
  await at('/search?q=boat')
  expect([...(said() as Map<string, string>)]).toEqual(
    [
      'Label Boat',
      'Text “NO ENTRY”',
      'Description “…our boat”',
      'Label Boat, label Lake, text “Boat, lake”',
      'Looks like it',
    ].map((each, at) => [body.pictures[at]!.id, each]),
  )
  for (const address of ['/search?q=label:boat', '/search?like=a']) {
    view!.unmount()
    await at(address)
    expect(said()).toBeUndefined()
  }
})

it('what meets conditions alone is said to be in the order of its dates', async () => {
  found = pictures(3)
  expect(await at('/search?q=label:sea')).toContain(words.search.foundByDate('3 pictures'))
  view!.unmount()
  expect(await at('/search?q=boat')).toContain(words.search.found('3 pictures'))
})

it.each([
  ['boat label:sea', pictures(0), words.search.emptyNearest],
  ['boat label:sea', pictures(0, true), words.search.emptyConditions],
  ['label:sea', pictures(0), words.search.emptyConditions],
  ['boat', pictures(0), words.search.emptyWords],
])('why nothing is found for %s is said', async (q, response, why) => {
  found = response
  expect(await at(`/search?q=${encodeURIComponent(q)}`)).toContain(why)
})
