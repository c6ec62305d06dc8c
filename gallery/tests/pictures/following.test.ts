import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { shallowRef } from 'vue'
import type { Api, Row } from '@/api/client'
import { followUnsettled } from '@/pictures/following'

function rows(...ids: string[]): Row[] {
  return ids.map((id) => ({ id, status: 'received' }) as Row)
}

/** The API, by whose word these pictures are ready. */
function fake(ready = new Set<string>()) {
  const asked: string[][] = []
  const GET = async (_: string, { params }: { params: { query: { ids: string } } }) => {
    const ids = params.query.ids.split(',')
    asked.push(ids)
    const pictures = ids.map((id) => ({ id, status: ready.has(id) ? 'ready' : 'received' }))
    return { data: { pictures }, response: new Response() }
  }
  return { api: { GET } as unknown as Api, asked, ready }
}

let stop = (): void => undefined
beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  stop()
  vi.useRealTimers()
})

it('asks after 1, 2 and 4 seconds, then every 10', async () => {
  const { api, asked } = fake()
  stop = followUnsettled(api, shallowRef(rows('a')), () => undefined)
  const counts = []
  for (const second of [1, 2, 4, 10, 10]) {
    await vi.advanceTimersByTimeAsync(second * 1000)
    counts.push(asked.length)
  }
  expect(counts).toEqual([1, 2, 3, 4, 5])
})

it('reports what has changed, and begins anew as more may change soon', async () => {
  const { api, asked, ready } = fake()
  const reported: string[] = []
  stop = followUnsettled(api, shallowRef(rows('a', 'b')), (some) =>
    reported.push(...some.map(({ id }) => id)),
  )
  await vi.advanceTimersByTimeAsync(7000)
  ready.add('b')
  await vi.advanceTimersByTimeAsync(10_000)
  expect([reported, asked.length]).toEqual([['b'], 4])
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked).toHaveLength(5)
})

it('asks for nothing while nothing is under way, and at most for a hundred', async () => {
  const { api, asked } = fake()
  const all = shallowRef<Row[]>([])
  stop = followUnsettled(api, all, () => undefined)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(asked).toEqual([])
  all.value = rows(...Array.from({ length: 150 }, (_, at) => `${at}`))
  await vi.advanceTimersByTimeAsync(1000)
  expect(asked.map(({ length }) => length)).toEqual([100])
})

it('a lost connection only delays the next look', async () => {
  let broken = true
  const { api, asked } = fake()
  const flaky = {
    GET: (...given: never[]) =>
      broken ? Promise.reject(new TypeError('lost')) : (api.GET as CallableFunction)(...given),
  } as unknown as Api
  stop = followUnsettled(flaky, shallowRef(rows('a')), () => undefined)
  await vi.advanceTimersByTimeAsync(1000)
  broken = false
  await vi.advanceTimersByTimeAsync(2000)
  expect(asked).toHaveLength(1)
})
