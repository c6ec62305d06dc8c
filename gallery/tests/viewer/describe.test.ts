import { describe as suite, expect, it } from 'vitest'
import type { Api, Picture } from '@/api/client'
import { describe } from '@/viewer/describe'
import { picture } from './picture'

type Reply = [status: number, body: unknown]

/** An API that sends these replies, in their order, and keeps the requests. */
function api(...replies: Reply[]) {
  const sent: { method: string; revision?: string; body?: unknown }[] = []
  function send(method: string) {
    return async (
      _: string,
      options: { params: { header?: Record<string, string> }; body?: unknown },
    ) => {
      const revision = options.params.header?.['if-match']
      sent.push({ method, ...(revision ? { revision, body: options.body } : {}) })
      const [status, body] = replies.shift()!
      const response = new Response(null, { status })
      return status < 400 ? { data: body, response } : { error: body, response }
    }
  }
  return { sent, api: { GET: send('GET'), PATCH: send('PATCH') } as unknown as Api }
}

function shown(first: Picture) {
  const seen = [first]
  return { seen, get: () => seen.at(-1)!, set: (now: Picture) => seen.push(now) }
}

const BEFORE = picture({ revision: 4, alt_text: 'A cat', alt_by: 'owner' })
const CHANGED: Reply = [412, { code: 'changed', message: '' }]

suite('describing a picture', () => {
  it('is shown at once, and as the API keeps it', async () => {
    const kept = picture({ revision: 5, alt_text: 'A dog' })
    const { api: fake, sent } = api([200, kept])
    const page = shown(BEFORE)
    const describing = describe(fake, page, { alt_text: 'A dog' })
    expect(page.get().alt_text).toBe('A dog')
    await describing
    expect(page.get()).toEqual(kept)
    expect(sent).toEqual([{ method: 'PATCH', revision: '"4"', body: { alt_text: 'A dog' } }])
  })

  it('is taken back if it cannot be kept', async () => {
    const { api: fake } = api([503, { code: 'unavailable' }])
    const page = shown(BEFORE)
    await expect(describe(fake, page, { alt_text: 'A dog' })).rejects.toMatchObject({
      code: 'unavailable',
    })
    expect(page.get()).toEqual(BEFORE)
  })

  it('is sent again if only the pipeline changed the picture', async () => {
    const now = picture({ revision: 6, alt_text: 'A cat', alt_by: 'owner', status: 'held' })
    const kept = picture({ revision: 7, alt_text: 'A dog' })
    const { api: fake, sent } = api(CHANGED, [200, now], [200, kept])
    const page = shown(BEFORE)
    await describe(fake, page, { alt_text: 'A dog' })
    expect(page.get()).toEqual(kept)
    expect(sent.map(({ method, revision }) => [method, revision])).toEqual([
      ['PATCH', '"4"'],
      ['GET', undefined],
      ['PATCH', '"6"'],
    ])
  })

  it('is sent again if the analysis found its own words meanwhile', async () => {
    const now = picture({ revision: 6, alt_text: 'A lion', alt_by: 'analysis' })
    const kept = picture({ revision: 7, alt_text: 'A dog', alt_by: 'owner' })
    const { api: fake } = api(CHANGED, [200, now], [200, kept])
    const page = shown(picture({ revision: 4 }))
    await describe(fake, page, { alt_text: 'A dog' })
    expect(page.get()).toEqual(kept)
  })

  it('never overwrites what somebody else wrote meanwhile', async () => {
    const now = picture({ revision: 6, alt_text: 'A lion', alt_by: 'owner' })
    const { api: fake, sent } = api(CHANGED, [200, now])
    const page = shown(BEFORE)
    await expect(describe(fake, page, { alt_text: 'A dog' })).rejects.toMatchObject({
      code: 'changed',
    })
    expect(page.get()).toEqual(now)
    expect(sent).toHaveLength(2)
  })
})
