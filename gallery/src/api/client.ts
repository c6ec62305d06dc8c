/** The API, with the types of its own description. */
import createClient, { type Client } from 'openapi-fetch'
import { ExpiredError, type Session } from '@/session/session'
import { Problem, problemOf } from './problems'
import type { components, paths } from './schema'

export type Schemas = components['schemas']
export type Me = Schemas['Me']
export type Row = Schemas['PictureRow']
export type Picture = Schemas['Picture']
export type Status = Row['status']
export type Api = Client<paths>

export function connect(session: Session): Api {
  async function send(request: Request): Promise<Response> {
    // A body can be read once, and a request with an expired token is sent twice.
    const again = request.clone()
    const response = await fetch(await signed(request, await session.token()))
    if (response.status !== 401) return response
    const second = await fetch(await signed(again, await session.renew()))
    if (second.status === 401) throw session.expire()
    return second
  }
  return createClient<paths>({ baseUrl: location.origin, fetch: send })
}

async function signed(request: Request, token: string): Promise<Request> {
  request.headers.set('Authorization', `Bearer ${token}`)
  return request
}

interface Sent<T> {
  data?: T
  error?: unknown
  response: Response
}

/** What the response holds; throws a `Problem` for everything else. */
export async function of<T>(sent: Promise<Sent<T>>): Promise<T> {
  let response
  try {
    response = await sent
  } catch (error) {
    if (error instanceof ExpiredError) throw new Problem('expired')
    // Not TypeErrors alone: a body may be cut, or be no JSON.
    throw new Problem('network')
  }
  if (!response.response.ok) throw problemOf(response.response.status, response.error)
  return response.data as T
}
