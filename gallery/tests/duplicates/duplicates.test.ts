import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { connect } from '@/api/client'
import Duplicates from '@/duplicates/Duplicates.vue'
import type { Group } from '@/duplicates/groups'
import { HERE } from '@/here'
import { words } from '@/words'
import { CONFIG } from '../config'
import { SESSION } from '../session'

/** The groups that the API finds, and what it responds to anything that is to be done with one. */
let groups: Group[]
let done: () => Response
let view: VueWrapper

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json' },
  })
}

function group(...ids: string[]): Group {
  const pictures = ids.map((id) => ({
    id,
    name: `${id}.jpg`,
    status: 'ready' as const,
    uploaded_at: '2026-05-01T00:00:00Z',
    bytes: 1000,
    width: 40,
    height: 30,
    sharpness: 40,
    alt_text: null,
    address: null,
    identical: false,
  }))
  return { best: ids[0]!, pictures }
}

async function press(name: string): Promise<void> {
  const button = view.findAll('button').find((each) => each.text() === name)
  await button!.trigger('click')
  await flushPromises()
  await flushPromises()
}

beforeEach(async () => {
  vi.stubGlobal('location', { origin: 'http://127.0.0.1' })
  vi.stubGlobal('fetch', async ({ method }: Request) =>
    method === 'GET' ? json(200, { groups, more: false }) : done(),
  )
  groups = [group('a', 'b', 'c')]
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  view = mount(Duplicates, {
    global: {
      plugins: [[VueQueryPlugin, { queryClient }]],
      provide: {
        [HERE as symbol]: { config: CONFIG, session: SESSION, api: connect(SESSION) },
      },
      stubs: { RouterLink: true },
    },
  })
  await flushPromises()
  await flushPromises()
})
afterEach(() => {
  view.unmount()
  vi.unstubAllGlobals()
})

it('what is left of a group is shown when merging it failed half-way', async () => {
  done = () => {
    groups = [group('a', 'c')]
    return json(500, { code: 'internal' })
  }
  await press(words.duplicates.merge('2 pictures'))
  expect(view.text()).toContain('c.jpg')
  expect(view.text()).not.toContain('b.jpg')
})

it('what was not told of a large group follows once all that was told is kept', async () => {
  done = () => {
    groups = [group('a', 'd')]
    return new Response(null, { status: 204 })
  }
  await press(words.duplicates.keepAll)
  expect(view.text()).toContain('d.jpg')
  expect(view.text()).not.toContain('b.jpg')
})
