import { expect, it, vi } from 'vitest'
import type { Api } from '@/api/client'
import type { Held, Sent } from '@/review/outbox'
import { byReason, reviewQueue } from '@/review/queue'

function held(id: string, ...rules: string[]): Held {
  return { id, revision: 1, name: `${id}.jpg`, reasons: rules.map((rule) => ({ rule })) } as Held
}

/** The API with these pictures waiting; whatever is decided waits no more. */
function fake(ids: string[]) {
  const state = { waiting: ids.map((id) => held(id)), result: 'done' }
  const api = {
    GET: async () => ({ data: { pictures: [...state.waiting] }, response: new Response() }),
    POST: async (_: string, { body }: { body: { verdicts: { id: string }[] } }) => {
      const decided = new Set(body.verdicts.map(({ id }) => id))
      if (state.result === 'done')
        state.waiting = state.waiting.filter(({ id }) => !decided.has(id))
      const verdicts = body.verdicts.map(({ id }) => ({ id, result: state.result, revision: 2 }))
      return { data: { verdicts }, response: new Response() }
    },
  }
  return { state, api: api as unknown as Api }
}

const ids = (pictures: Held[]): string[] => pictures.map(({ id }) => id)

it('what is decided leaves the queue at once, and comes back to its front by undoing', async () => {
  const queue = reviewQueue(fake(['a', 'b', 'c']).api, () => undefined)
  await queue.load()
  queue.decide([queue.pictures.value[1]!], 'approve', '', false)
  expect(ids(queue.pictures.value)).toEqual(['a', 'c'])
  expect(queue.undo()?.id).toBe('b')
  expect(ids(queue.pictures.value)).toEqual(['b', 'a', 'c'])
})

it('a skipped picture is the last, after the queue was loaded again too', async () => {
  const queue = reviewQueue(fake(['a', 'b', 'c']).api, () => undefined)
  await queue.load()
  queue.skip('a')
  await queue.load()
  expect(ids(queue.pictures.value)).toEqual(['b', 'c', 'a'])
})

it('a verdict under way does not bring its picture back when the queue is loaded', async () => {
  const queue = reviewQueue(fake(['a', 'b']).api, () => undefined)
  await queue.load()
  queue.decide([held('a')], 'reject', 'Blurred', false)
  await queue.load()
  expect(ids(queue.pictures.value)).toEqual(['b'])
})

it('new pictures go behind those that are being looked at', async () => {
  const { api, state } = fake(['b', 'c'])
  const queue = reviewQueue(api, () => undefined)
  await queue.load()
  state.waiting.unshift(held('a'))
  await queue.load()
  expect(ids(queue.pictures.value)).toEqual(['b', 'c', 'a'])
})

it('a picture that somebody else decided is reported, and asked for again', async () => {
  const { api, state } = fake(['a'])
  const reported: Sent[] = []
  const queue = reviewQueue(api, (sent) => reported.push(sent))
  await queue.load()
  state.result = 'changed'
  queue.decide(queue.pictures.value, 'approve', '', false)
  await queue.box.flush()
  await vi.waitFor(() => expect(ids(queue.pictures.value)).toEqual(['a']))
  expect(reported.map(({ result }) => result)).toEqual(['changed'])
})

it('the pace is of the verdicts of this visit', async () => {
  const clock = [0, 20_000, 40_000]
  const queue = reviewQueue(
    fake([]).api,
    () => undefined,
    () => clock.shift()!,
  )
  queue.decide([held('a')], 'approve', '', false)
  expect(queue.pace()).toBeUndefined()
  queue.decide([held('b'), held('c')], 'approve', '', false)
  expect(queue.pace()).toBe(3)
})

it('groups have the same reasons, in whatever order, and the largest is first', () => {
  const groups = byReason([held('a', 'x'), held('b', 'y', 'x'), held('c', 'x', 'y')])
  expect(groups.map(({ reason, pictures }) => [reason, ids(pictures)])).toEqual([
    ['x + y', ['b', 'c']],
    ['x', ['a']],
  ])
})
