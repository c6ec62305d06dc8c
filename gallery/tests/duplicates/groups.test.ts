import { describe, expect, it } from 'vitest'
import type { Api } from '@/api/client'
import { copiesOf, keepAll, keptOf, keyOf, merge, type Group } from '@/duplicates/groups'

function group(best: string, ...ids: string[]): Group {
  return { best, pictures: ids.map((id) => ({ id })) } as unknown as Group
}

/** An API that responds with `data`, and what it was asked. */
function responding(data?: unknown) {
  const asked: unknown[] = []
  const POST = async (path: string, { body }: { body: unknown }) => {
    asked.push([path, body])
    return { data, response: new Response(null, { status: 200 }) }
  }
  return { api: { POST } as unknown as Api, asked }
}

describe('a group', () => {
  it('is known by its pictures, whichever is the best', () => {
    expect(keyOf(group('a', 'a', 'b'))).toBe(keyOf(group('b', 'b', 'a')))
    expect(keyOf(group('a', 'a', 'b'))).not.toBe(keyOf(group('a', 'a', 'c')))
  })

  it('keeps the best unless another one is chosen', () => {
    expect(keptOf(group('a', 'a', 'b'), undefined)).toBe('a')
    expect(keptOf(group('a', 'a', 'b'), 'b')).toBe('b')
  })

  it('keeps the best if the chosen one has gone', () => {
    expect(keptOf(group('a', 'a', 'b'), 'c')).toBe('a')
  })

  it('has every other picture as a copy', () => {
    expect(copiesOf(group('a', 'a', 'b', 'c'), 'b')).toEqual(['a', 'c'])
  })
})

describe('merging', () => {
  it('returns what went to the trash', async () => {
    const { api, asked } = responding({ removed: ['b'] })
    expect(await merge(api, 'a', ['b', 'c'])).toEqual(['b'])
    expect(asked).toEqual([['/api/duplicates/merge', { keep: 'a', remove: ['b', 'c'] }]])
  })
})

describe('keeping all', () => {
  it.each([true, false])('is told of the whole group: %s', async (distinct) => {
    const { api, asked } = responding()
    await keepAll(api, group('a', 'a', 'b'), distinct)
    expect(asked).toEqual([['/api/duplicates/distinct', { ids: ['a', 'b'], distinct }]])
  })
})
