import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ref } from 'vue'
import { connect, of } from '@/api/client'
import { Problem } from '@/api/problems'
import { ExpiredError, type Session } from '@/session/session'

/** A session whose first token is `old` and every later one `new`. */
function fakeSession(): Session & { renewed: number } {
  const state = ref<'signed-in' | 'expired'>('signed-in')
  return {
    email: 'ann@example.org',
    state,
    renewed: 0,
    token: async () => 'old',
    async renew() {
      this.renewed++
      return 'new'
    },
    expire() {
      state.value = 'expired'
      return new ExpiredError('expired')
    },
    signInAgain: async () => undefined,
    signOut: async () => undefined,
  }
}

const asked: { token: string | null; body: string }[] = []
let respond: (token: string) => Response

beforeEach(() => {
  asked.length = 0
  vi.stubGlobal('location', { origin: 'http://127.0.0.1' })
  vi.stubGlobal('fetch', async (request: Request) => {
    const token = request.headers.get('Authorization')
    asked.push({ token, body: await request.clone().text() })
    return respond(token?.replace('Bearer ', '') ?? '')
  })
})
afterEach(() => void vi.unstubAllGlobals())

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json' },
  })
}

async function problem(sent: Promise<unknown>): Promise<[string, number, string]> {
  const error = await sent.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  expect(error).toBeInstanceOf(Problem)
  const { code, status, message } = error as Problem
  return [code, status, message]
}

it('a request whose token is refused is sent once more, whole, with a new one', async () => {
  respond = (token) => (token === 'new' ? json(200, { verdicts: [] }) : json(401, {}))
  const session = fakeSession()
  const body = { verdicts: [] }
  expect(await of(connect(session).POST('/api/verdicts', { body }))).toEqual(body)
  expect(asked).toEqual([
    { token: 'Bearer old', body: JSON.stringify(body) },
    { token: 'Bearer new', body: JSON.stringify(body) },
  ])
  expect(session.state.value).toBe('signed-in')
})

it('a new token that is refused as well ends the sign-in', async () => {
  respond = () => json(401, { message: 'Unauthorized' })
  const session = fakeSession()
  expect(await problem(of(connect(session).GET('/api/me')))).toEqual(['expired', 0, ''])
  expect([session.state.value, session.renewed]).toEqual(['expired', 1])
})

it.each([
  [409, { code: 'conflict', message: 'restore it first' }, 'conflict', 'restore it first'],
  [429, { code: 'too_many', message: 'the quota' }, 'too_many', 'the quota'],
  [429, { message: 'Too Many Requests' }, 'throttled', ''],
  [413, { message: 'Request Entity Too Large' }, 'too_large', ''],
  [503, { message: 'Service Unavailable' }, 'unavailable', ''],
  [500, { message: 'Internal Server Error' }, 'unavailable', ''],
  [418, { message: 'teapot' }, 'invalid', ''],
])('a response %i with %o is one kind of problem', async (status, body, code, message) => {
  respond = () => json(status, body)
  expect(await problem(of(connect(fakeSession()).GET('/api/me')))).toEqual([code, status, message])
})

it('an error page that is no JSON is a problem too', async () => {
  respond = () => new Response('<h1>502 Bad Gateway</h1>', { status: 502 })
  expect(await problem(of(connect(fakeSession()).GET('/api/me')))).toEqual(['unavailable', 502, ''])
})

it('a lost connection is a problem of the network', async () => {
  respond = () => {
    throw new TypeError('Failed to fetch')
  }
  expect(await problem(of(connect(fakeSession()).GET('/api/me')))).toEqual(['network', 0, ''])
})
