import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Api } from '@/api/client'
import { reviewers } from '@/review/reviewers'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** The API with these others, who may become unreachable. */
function fake(others: (string | null)[]) {
  const state = { others, told: [] as (string | null)[], down: false }
  const api = {
    POST: async (_: string, { body }: { body: { id: string | null } }) => {
      if (state.down) throw new TypeError('failed to fetch')
      state.told.push(body.id)
      return { data: { others: state.others }, response: new Response() }
    },
  }
  return { state, api: api as unknown as Api }
}

it('tells of the picture at which a reviewer stops, and then every half minute', async () => {
  const { state, api } = fake(['b', null])
  const here = reviewers(api)
  here.look('a')
  await vi.advanceTimersByTimeAsync(1000)
  here.look('b')
  await vi.advanceTimersByTimeAsync(1500)
  expect(state.told).toEqual(['b'])
  expect(here.others.value).toEqual(['b', null])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(state.told).toEqual(['b', 'b', 'b'])
  here.leave()
})

it('knows of nobody while the API cannot be reached, and asks again', async () => {
  const { state, api } = fake(['b'])
  const here = reviewers(api)
  here.look('a')
  await vi.advanceTimersByTimeAsync(1500)
  state.down = true
  await vi.advanceTimersByTimeAsync(30_000)
  expect(here.others.value).toEqual([])
  state.down = false
  await vi.advanceTimersByTimeAsync(30_000)
  expect(here.others.value).toEqual(['b'])
  here.leave()
})

it('says good-bye, and nothing after it', async () => {
  const { state, api } = fake([])
  const here = reviewers(api)
  here.look('a')
  here.leave()
  await vi.advanceTimersByTimeAsync(120_000)
  expect(state.told).toEqual([null])
})
