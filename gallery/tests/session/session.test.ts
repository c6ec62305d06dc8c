import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { begin, ExpiredError, type Session } from '@/session/session'
import { CONFIG } from '../config'

const config = {
  ...CONFIG,
  issuer: 'https://pool.example',
  client: 'page',
  signIn: 'https://sign-in.example',
}
const SUB = '11111111-1111-4111-8111-111111111111'
const HOUR = 3600

/** What the pool's token endpoint responds with, one after another. */
let responses: (() => Response)[]

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json' },
  })
}

function idToken(): string {
  const part = (value: unknown): string =>
    btoa(JSON.stringify(value)).replace(/=+$/, '').replace(/\+/g, '-').replace(/\//g, '_')
  const now = Math.floor(Date.now() / 1000)
  const claims = { sub: SUB, email: 'ann@example.org', iat: now, exp: now + HOUR }
  return `${part({ alg: 'none' })}.${part(claims)}.`
}

function tokens(access: string, seconds: number): Response {
  return json(200, {
    access_token: access,
    id_token: idToken(),
    refresh_token: 'refresh',
    token_type: 'Bearer',
    expires_in: seconds,
  })
}

const assigned = vi.fn<(address: string) => void>()

/** A session of somebody who came back from signing in, whose token is about to expire. */
async function signedIn(): Promise<Session> {
  localStorage.setItem(
    'sign-in.begun',
    JSON.stringify({
      id: 'begun',
      created: Math.floor(Date.now() / 1000),
      authority: config.issuer,
      client_id: config.client,
      redirect_uri: 'http://127.0.0.1/',
      scope: 'openid email',
      code_verifier: 'v'.repeat(96),
      response_mode: 'query',
      data: { path: '/trash', again: false },
    }),
  )
  responses = [() => tokens('first', 30)]
  return begin(config)
}

beforeEach(() => {
  vi.stubGlobal('location', {
    origin: 'http://127.0.0.1',
    href: 'http://127.0.0.1/?state=begun&code=abc',
    search: '?state=begun&code=abc',
    pathname: '/trash',
    hash: '',
    assign: assigned,
  })
  vi.stubGlobal('fetch', async () => responses.shift()!())
  vi.spyOn(history, 'replaceState').mockReturnValue()
})
afterEach(() => {
  localStorage.clear()
  vi.unstubAllGlobals()
})

it('a token that is about to expire is renewed before it is used', async () => {
  const session = await signedIn()
  responses = [() => tokens('second', HOUR)]
  expect(await session.token()).toBe('second')
  expect(await session.token()).toBe('second')
})

it('a sign-in that the pool has ended is expired, and nothing is asked any more', async () => {
  const session = await signedIn()
  responses = [() => json(400, { error: 'invalid_grant' })]
  await expect(session.token()).rejects.toBeInstanceOf(ExpiredError)
  expect(session.state.value).toBe('expired')
  await expect(session.token()).rejects.toBeInstanceOf(ExpiredError)
})

it.each([
  ['is throttled', () => json(429, { __type: 'TooManyRequestsException' })],
  ['fails', () => json(500, {})],
  ['is unavailable', () => json(503, { error: 'temporarily_unavailable' })],
  [
    'is behind a page of somebody else',
    () => new Response('<html>', { status: 502, headers: { 'Content-Type': 'text/html' } }),
  ],
  [
    'is out of reach',
    () => {
      throw new TypeError('Failed to fetch')
    },
  ],
])('nobody has to sign in again when the pool %s', async (_, response) => {
  const session = await signedIn()
  responses = [response]
  const failure = await session.token().catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(Error)
  expect(failure).not.toBeInstanceOf(ExpiredError)
  expect(session.state.value).toBe('signed-in')
  responses = [() => tokens('later', HOUR)]
  expect(await session.token()).toBe('later')
})

it('the window to sign in again is opened by the click itself, and hands over its tokens', async () => {
  const session = await signedIn()
  session.expire()
  const led = vi.fn<(address: string) => void>()
  const opened = vi.spyOn(window, 'open').mockReturnValue({
    location: { replace: led },
  } as unknown as Window)
  const signing = session.signInAgain()
  expect(opened).toHaveBeenCalledOnce()
  await signing
  expect(led.mock.lastCall?.[0]).toMatch(/^https:\/\/sign-in\.example\/oauth2\/authorize\?/)
  const tokens = { access: 'again', id: '', refresh: '', until: Date.now() + HOUR * 1000 }
  const other = new BroadcastChannel('signed-in-again')
  other.postMessage({ tokens, sub: SUB })
  await vi.waitUntil(() => session.state.value === 'signed-in')
  other.close()
  expect(await session.token()).toBe('again')
})

it('whoever blocks windows signs in again in this one', async () => {
  const session = await signedIn()
  vi.spyOn(window, 'open').mockReturnValue(null)
  await session.signInAgain()
  expect(assigned.mock.lastCall?.[0]).toMatch(/^https:\/\/sign-in\.example\/oauth2\/authorize\?/)
})
