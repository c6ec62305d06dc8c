// @vitest-environment node
// The queue asks Node for what happy-dom does not have.
import { describe, expect, it } from 'vitest'
import type { Api } from '@/api/client'
import { restore } from '@/pictures/removal'
import { processed, purge, settled } from '@/trash/moves'

const CONFLICT = { error: { code: 'conflict' }, response: new Response(null, { status: 409 }) }
const GONE = { error: { code: 'not_found' }, response: new Response(null, { status: 404 }) }

function ok(data?: unknown) {
  return { data, response: new Response(null, { status: 200 }) }
}

/** Sends the replies of each id in their order, the last for ever. */
function replying(replies: Record<string, unknown[]>) {
  const asked: string[] = []
  return {
    asked,
    async send(_: string, { params }: { params: { path: { image_id: string } } }) {
      const id = params.path.image_id
      asked.push(id)
      const left = replies[id]!
      return left.length > 1 ? left.shift() : left[0]
    },
  }
}

const pause = () => Promise.resolve()

describe('restoring', () => {
  it('is asked for again while the deletion is under way', async () => {
    const { asked, send } = replying({ a: [CONFLICT, CONFLICT, ok()] })
    const outcome = await restore({ POST: send } as unknown as Api, ['a'], pause)
    expect(outcome).toEqual({ done: ['a'], failed: [] })
    expect(asked).toEqual(['a', 'a', 'a'])
  })

  it('fails at once for every other reason, and for that picture alone', async () => {
    const { asked, send } = replying({ a: [GONE], b: [ok()] })
    const outcome = await restore({ POST: send } as unknown as Api, ['a', 'b'], pause)
    expect([outcome.done, outcome.failed]).toEqual([['b'], ['a']])
    expect(outcome.problem).toMatchObject({ code: 'not_found' })
    expect(asked).toEqual(['a', 'b'])
  })
})

describe('deleting for good', () => {
  it('returns the receipt of each, and which stayed', async () => {
    const receipt = { id: 'a', versions: 2 }
    const { send } = replying({ a: [CONFLICT, ok(receipt)], b: [CONFLICT] })
    const outcome = await purge({ DELETE: send } as unknown as Api, ['a', 'b'], pause)
    expect(outcome).toMatchObject({ done: ['a'], failed: ['b'], receipts: [receipt] })
  })
})

describe('waiting for the catalog', () => {
  function statuses(...rounds: Record<string, string>[]) {
    const asked: string[] = []
    const GET = async (_: string, { params }: { params: { query: { ids: string } } }) => {
      asked.push(params.query.ids)
      const round = rounds.length > 1 ? rounds.shift()! : rounds[0]!
      const pictures = Object.entries(round).map(([id, status]) => ({ id, status, revision: 1 }))
      return ok({ pictures })
    }
    return { asked, api: { GET } as unknown as Api }
  }

  it('asks for those alone that are not there yet', async () => {
    const { asked, api } = statuses({ a: 'deleted', b: 'ready' }, { b: 'deleted' })
    await settled(api, ['a', 'b'], 'in the trash', pause)
    expect(asked).toEqual(['a,b', 'b'])
  })

  it('takes every other state for a restored picture', async () => {
    const { asked, api } = statuses({ a: 'deleted' }, { a: 'received' })
    await settled(api, ['a'], 'out of it', pause)
    expect(asked).toEqual(['a', 'a'])
  })

  it('waits until a restored picture has been processed', async () => {
    const { asked, api } = statuses(
      { a: 'deleted' },
      { a: 'awaited' },
      { a: 'processing' },
      { a: 'ready' },
    )
    await processed(api, ['a'], pause)
    expect(asked).toHaveLength(4)
  })

  it('gives up in the end', async () => {
    const { asked, api } = statuses({ a: 'ready' })
    await settled(api, ['a'], 'in the trash', pause)
    expect(asked).toHaveLength(10)
  })
})
