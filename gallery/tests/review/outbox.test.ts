import { beforeEach, expect, it, vi } from 'vitest'
import type { Api } from '@/api/client'
import { DELAY_MS, outbox, type Held, type Sent, type Verdict } from '@/review/outbox'

type Asked = { id: string; revision: number; decision: string; block: boolean }[]

function held(id: string): Held {
  return { id, revision: 3 } as Held
}

function verdict(id: string, decision: 'approve' | 'reject' = 'approve'): Verdict {
  return { picture: held(id), decision, reason: '', block: true }
}

interface Request {
  body: { verdicts: Asked }
  keepalive: boolean
}

/** The API, which finds everything well but for pictures called `stale`. */
function fake() {
  const state = { asked: [] as Asked[], broken: false, revision: 3, stale: false }
  const POST = async (_: string, { body, keepalive }: Request) => {
    if (state.broken) throw new TypeError('no network')
    // As browsers do, with what else is on its way left out.
    const bytes = new TextEncoder().encode(JSON.stringify(body)).length
    if (keepalive && bytes > 65_536) throw new TypeError('Failed to fetch')
    state.asked.push(body.verdicts)
    const verdicts = body.verdicts.map(({ id, revision }) => ({
      id,
      result: id === 'stale' || state.stale ? 'changed' : 'done',
      revision: revision + 1,
    }))
    return { data: { verdicts }, response: new Response() }
  }
  const GET = async () => ({ data: { revision: state.revision }, response: new Response() })
  return { state, api: { GET, POST } as unknown as Api }
}

beforeEach(() => void vi.useFakeTimers())

it('a verdict is sent once nobody has undone it for five seconds', async () => {
  const { api, state } = fake()
  const box = outbox(api, () => undefined)
  box.decide(verdict('a'))
  await vi.advanceTimersByTimeAsync(DELAY_MS - 1)
  expect(state.asked).toEqual([])
  box.decide(verdict('b', 'reject'))
  await vi.advanceTimersByTimeAsync(DELAY_MS)
  expect(state.asked).toEqual([
    [
      { id: 'a', revision: 3, decision: 'approve', reason: '', block: false },
      { id: 'b', revision: 3, decision: 'reject', reason: '', block: true },
    ],
  ])
})

it('a verdict that is undone in time is never sent', async () => {
  const { api, state } = fake()
  const box = outbox(api, () => undefined)
  box.decide(verdict('a'))
  expect(box.undo()?.id).toBe('a')
  await vi.advanceTimersByTimeAsync(DELAY_MS * 2)
  expect([state.asked, box.undo()]).toEqual([[], undefined])
})

it('after undoing what was sent, the next verdict is about the present revision', async () => {
  const { api, state } = fake()
  const box = outbox(api, () => undefined)
  box.decide(verdict('a', 'reject'))
  await box.flush()
  const picture = box.undo()!
  state.revision = 9
  box.decide({ ...verdict('a'), picture })
  await box.flush()
  expect(state.asked.flat().map(({ revision, decision }) => [revision, decision])).toEqual([
    [3, 'reject'],
    [9, 'approve'],
  ])
})

it('a verdict that is overtaken by what the one before led to is sent again', async () => {
  const { api, state } = fake()
  const reported: Sent[] = []
  const box = outbox(
    api,
    (sent) => reported.push(...sent),
    async () => void (state.stale = false),
  )
  box.decide(verdict('a', 'reject'))
  await box.flush()
  const picture = box.undo()!
  state.stale = true
  box.decide({ ...verdict('a'), picture })
  await box.flush()
  expect(reported.map(({ decision, result }) => [decision, result])).toEqual([
    ['reject', 'done'],
    ['approve', 'done'],
  ])
})

it('what did not arrive stays, in its order, and is sent with the next attempt', async () => {
  const { api, state } = fake()
  const box = outbox(api, () => undefined)
  state.broken = true
  box.decide(verdict('a'))
  await box.flush()
  expect([box.waiting.length, box.failure.value !== undefined]).toEqual([1, true])
  state.broken = false
  box.decide(verdict('b'))
  await box.flush()
  expect(state.asked.flat().map(({ id }) => id)).toEqual(['a', 'b'])
  expect([box.waiting.length, box.failure.value]).toEqual([0, undefined])
})

it('a hundred verdicts go at once, and no request has more', async () => {
  const { api, state } = fake()
  const box = outbox(api, () => undefined)
  for (let each = 0; each < 250; each++) box.decide(verdict(`${each}`))
  await box.flush()
  expect(state.asked.every((asked) => asked.length <= 100)).toBe(true)
  expect(state.asked.flat()).toHaveLength(250)
})

it('what became of each verdict is reported', async () => {
  const { api } = fake()
  const reported: Sent[] = []
  const box = outbox(api, (sent) => reported.push(...sent))
  box.decide(verdict('a'))
  box.decide(verdict('stale'))
  await box.flush()
  expect(reported.map(({ picture, result }) => [picture.id, result])).toEqual([
    ['a', 'done'],
    ['stale', 'changed'],
  ])
})

it('the verdict about one picture is taken back, whatever was decided after it', async () => {
  const { api, state } = fake()
  const box = outbox(api, () => undefined)
  for (const id of ['a', 'b', 'c']) box.decide(verdict(id))
  expect(box.undo('b')?.id).toBe('b')
  expect(box.undo('b')).toBeUndefined()
  await box.flush()
  expect(state.asked.flat().map(({ id }) => id)).toEqual(['a', 'c'])
  expect(box.undo('a')?.id).toBe('a')
  expect(box.sent.map(({ picture }) => picture.id)).toEqual(['c'])
})

it('a verdict that is being sent is the one that is taken back, and none before it', async () => {
  const { api, state } = fake()
  const reported: Sent[] = []
  const box = outbox(api, (sent) => reported.push(...sent))
  box.decide(verdict('a'))
  await box.flush()
  box.decide(verdict('b', 'reject'))
  const sending = box.flush()
  const picture = box.undo()!
  expect(picture.id).toBe('b')
  await sending
  expect(box.sent.map((each) => each.picture.id)).toEqual(['a'])
  expect(reported.map((each) => each.picture.id)).toEqual(['a'])
  state.revision = 9
  box.decide({ ...verdict('b'), picture })
  await box.flush()
  expect(state.asked.flat().map(({ id, revision }) => [id, revision])).toEqual([
    ['a', 3],
    ['b', 3],
    ['b', 9],
  ])
})

it('a verdict that was taken back while it was sent in vain is not sent again', async () => {
  const { api, state } = fake()
  const box = outbox(api, () => undefined)
  state.broken = true
  box.decide(verdict('a'))
  box.decide(verdict('b'))
  const sending = box.flush()
  expect(box.undo()?.id).toBe('b')
  await sending
  expect(box.waiting.map(({ picture }) => picture.id)).toEqual(['a'])
})

it('a hundred verdicts with long reasons arrive, whatever their letters', async () => {
  const { api, state } = fake()
  const box = outbox(api, () => undefined)
  for (let at = 0; at < 99; at++)
    box.decide({ ...verdict(`${at}`, 'reject'), reason: '\u6697'.repeat(400) })
  await box.flush()
  expect([state.asked[0]?.length, box.failure.value]).toEqual([99, undefined])
})
