/** What can go wrong on the way to the store, and what to do about it. */
import { Problem } from '@/api/problems'
import type { Cause, Reason } from './entry'

/** `again`: the same request may succeed. `sign`: only with a new one. `restart`: the parts that
 * arrived are gone. `arrived`: it was there already. `hold`: when somebody has signed in again.
 * `never`: not without the person. */
export type Way = 'again' | 'sign' | 'restart' | 'arrived' | 'hold' | 'never'

export class Fault extends Error {
  readonly reason: Reason
  readonly way: Way

  constructor(cause: Cause, way: Way, detail = '') {
    super(`${cause} ${detail}`.trim())
    this.reason = detail ? { cause, detail } : { cause }
    this.way = way
  }
}

const CODES: Record<string, [Cause, Way]> = {
  PreconditionFailed: ['other', 'arrived'],
  AccessDenied: ['denied', 'sign'],
  ExpiredToken: ['denied', 'sign'],
  InvalidToken: ['denied', 'sign'],
  RequestTimeTooSkewed: ['denied', 'sign'],
  SignatureDoesNotMatch: ['denied', 'sign'],
  BadDigest: ['damaged', 'sign'],
  InvalidDigest: ['damaged', 'sign'],
  XAmzContentSHA256Mismatch: ['damaged', 'sign'],
  XAmzContentChecksumMismatch: ['damaged', 'sign'],
  EntityTooLarge: ['too_big', 'never'],
  NoSuchUpload: ['interrupted', 'restart'],
  InvalidPart: ['interrupted', 'restart'],
  InvalidPartOrder: ['interrupted', 'restart'],
  RequestTimeout: ['network', 'again'],
  IncompleteBody: ['network', 'again'],
  OperationAborted: ['busy', 'again'],
  ConditionalRequestConflict: ['busy', 'again'],
  SlowDown: ['busy', 'again'],
  ServiceUnavailable: ['busy', 'again'],
  InternalError: ['busy', 'again'],
}

/** The fault of a response of S3, whose body is XML if it is anything. */
export function storeFault(status: number, body: string): Fault {
  const code = element(body, 'Code')
  const known = CODES[code]
  if (known) return new Fault(...known, known[0] === 'denied' ? element(body, 'Message') : '')
  if (status === 412) return new Fault('other', 'arrived')
  if (status === 403) return new Fault('denied', 'sign')
  if (status === 413) return new Fault('too_big', 'never')
  if (status === 429 || status >= 500) return new Fault('busy', 'again')
  return new Fault('storage', 'never', element(body, 'Message') || code || String(status))
}

function element(xml: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? ''
}

/** The fault of a request to the API. */
function apiFault(problem: Problem): Fault {
  switch (problem.code) {
    case 'expired':
      return new Fault('other', 'hold')
    case 'network':
      return new Fault('network', 'again')
    case 'throttled':
    case 'unavailable':
    case 'internal':
      return new Fault('busy', 'again')
    case 'conflict':
      return new Fault('busy', 'again')
    case 'not_found':
      return new Fault('interrupted', 'restart')
    case 'too_many':
      return new Fault('quota', 'never')
    case 'forbidden':
    case 'unauthorized':
      return new Fault('forbidden', 'never')
    case 'too_large':
      return new Fault('too_big', 'never')
    default:
      return new Fault('other', 'never', problem.message)
  }
}

/** The fault of whatever was thrown. A file that cannot be read throws a `DOMException`. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error
  if (error instanceof Problem) return apiFault(error)
  if (error instanceof DOMException && /^Not(Readable|Found|Allowed)Error$/.test(error.name)) {
    return new Fault('unreadable', 'never')
  }
  return new Fault('other', 'never', error instanceof Error ? error.message : String(error))
}

/** The reason of the API's own words about one file; it has no codes for these. */
export function refusalOf(error: string): Reason {
  const most = /^bytes must be at most (\d+)/.exec(error)?.[1]
  if (most) return { cause: 'too_big', detail: most }
  if (error.startsWith('name must ')) return { cause: 'bad_name' }
  return { cause: 'other', detail: error }
}
