/** Who has signed in. Tokens are in this module's memory alone, and are gone with the page. */
import { ErrorResponse, OidcClient, WebStorageStateStore } from 'oidc-client-ts'
import { ref, type Ref } from 'vue'
import type { Config } from '@/config'

interface Tokens {
  access: string
  id: string
  refresh: string
  /** In milliseconds since 1970. */
  until: number
}

export interface Session {
  email: string
  /** `expired` until the person signs in again. */
  state: Ref<'signed-in' | 'expired'>
  /** An access token that is good for a minute at least; throws `ExpiredError`. */
  token: () => Promise<string>
  /** Get a new token though the present one looks good, as the API has refused it. */
  renew: () => Promise<string>
  /** Note that the API accepts no token of this session; returns the error to throw. */
  expire: () => ExpiredError
  /** Sign in again in a window of its own, so that this page loses nothing; where the browser opens
   * none, in this one. */
  signInAgain: () => Promise<void>
  signOut: () => Promise<void>
}

export class ExpiredError extends Error {}

/** Another window of the page has what this one was opened for. Browsers may keep it open. */
export class HandedOverError extends Error {}

const SPARE_MS = 60_000
/** Errors of RFC 6749 that another attempt may not meet. */
const PASSING = ['server_error', 'temporarily_unavailable']
const CHANNEL = 'signed-in-again'

/** Where a sign-in began: a path of this page, and whether in a window of its own. */
interface Begun {
  path: string
  again: boolean
}

/** Whether the person comes back from signing in. */
export function isBack(): boolean {
  const query = new URLSearchParams(location.search)
  return query.has('state') && (query.has('code') || query.has('error'))
}

/** The session of whoever comes back from signing in; everyone else is sent there, and the promise
 * never resolves. Throws `HandedOverError` in a window that was opened to sign in again. */
export async function begin(config: Config): Promise<Session> {
  const home = `${location.origin}/`
  const client = new OidcClient({
    authority: config.issuer,
    client_id: config.client,
    redirect_uri: home,
    scope: 'openid email',
    stateStore: new WebStorageStateStore({ store: localStorage, prefix: 'sign-in.' }),
    metadata: {
      issuer: config.issuer,
      authorization_endpoint: `${config.signIn}/oauth2/authorize`,
      token_endpoint: `${config.signIn}/oauth2/token`,
      revocation_endpoint: `${config.signIn}/oauth2/revoke`,
    },
  })

  async function address(begun: Begun): Promise<string> {
    return (await client.createSigninRequest({ state: begun })).url
  }

  if (!isBack()) {
    await client.clearStaleState()
    location.replace(await address({ path: here(), again: false }))
    return new Promise(() => {})
  }
  const response = await client.processSigninResponse(location.href)
  const begun = response.userState as Begun
  const received: Tokens = {
    access: response.access_token,
    id: response.id_token ?? '',
    refresh: response.refresh_token ?? '',
    until: Date.now() + (response.expires_in ?? 0) * 1000,
  }
  if (begun.again) {
    new BroadcastChannel(CHANNEL).postMessage({ tokens: received, sub: response.profile.sub })
    window.close()
    throw new HandedOverError('the window that asked is signed in again')
  }
  history.replaceState(null, '', own(begun.path))
  return session(
    client,
    config,
    home,
    received,
    String(response.profile.sub),
    response.profile.email ?? '',
    address,
  )
}

function session(
  client: OidcClient,
  config: Config,
  home: string,
  received: Tokens,
  sub: string,
  email: string,
  address: (begun: Begun) => Promise<string>,
): Session {
  let tokens = received
  let renewing: Promise<string> | undefined
  /** For the tokens of the window that was opened last. */
  let waiting: BroadcastChannel | undefined
  const state = ref<'signed-in' | 'expired'>('signed-in')

  function expire(): ExpiredError {
    state.value = 'expired'
    return new ExpiredError('the sign-in has expired')
  }

  async function refresh(): Promise<string> {
    try {
      const response = await client.useRefreshToken({
        state: {
          session_state: null,
          id_token: tokens.id,
          refresh_token: tokens.refresh,
          scope: 'openid email',
          profile: { sub } as never,
        },
      })
      tokens = {
        access: response.access_token,
        id: response.id_token ?? tokens.id,
        refresh: response.refresh_token ?? tokens.refresh,
        until: Date.now() + (response.expires_in ?? 0) * 1000,
      }
      return tokens.access
    } catch (error) {
      // A network that is down, or a pool that is busy, says nothing about the session.
      if (error instanceof ErrorResponse && !PASSING.includes(error.error ?? '')) throw expire()
      throw error
    }
  }

  function renew(): Promise<string> {
    renewing ??= refresh().finally(() => (renewing = undefined))
    return renewing
  }

  return {
    email,
    state,
    renew,
    expire,
    async token() {
      if (state.value === 'expired') throw new ExpiredError('the sign-in has expired')
      return tokens.until - Date.now() > SPARE_MS ? tokens.access : renew()
    },
    async signInAgain() {
      // At once, as browsers block a window that nobody clicked for.
      const opened = window.open('', '_blank', 'popup,width=480,height=640')
      if (!opened) return location.assign(await address({ path: here(), again: false }))
      waiting?.close()
      const channel = (waiting = new BroadcastChannel(CHANNEL))
      channel.onmessage = ({ data }: MessageEvent<{ tokens: Tokens; sub: string }>) => {
        channel.close()
        // Somebody else's pictures must not appear among this person's.
        if (data.sub !== sub) return location.assign('/')
        tokens = data.tokens
        state.value = 'signed-in'
      }
      opened.location.replace(await address({ path: '/', again: true }))
    },
    async signOut() {
      await client.revokeToken(tokens.refresh, 'refresh_token').catch(() => undefined)
      const query = new URLSearchParams({ client_id: config.client, logout_uri: home })
      location.assign(`${config.signIn}/logout?${query}`)
    },
  }
}

function here(): string {
  return location.pathname + location.search + location.hash
}

/** The path if it is one of this page, else its beginning: the state came from storage. */
export function own(path: string): string {
  return /^\/(?![/\\])/.test(path) ? path : '/'
}
