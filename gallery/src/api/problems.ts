/** Everything that can go wrong with a request, as one kind of error. */

/** `network` if no response arrived, `expired` if nobody is signed in any more. */
export type Code =
  | 'network'
  | 'expired'
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'changed'
  | 'too_large'
  | 'unsupported_type'
  | 'too_many'
  | 'throttled'
  | 'unavailable'
  | 'internal'

export class Problem extends Error {
  readonly code: Code
  readonly status: number

  /** `message` is the API's own, for people; empty where the gateway or nobody responded. */
  constructor(code: Code, status = 0, message = '') {
    super(message)
    this.code = code
    this.status = status
  }

  /** Whether the same request may succeed in a moment. */
  get passing(): boolean {
    return ['network', 'throttled', 'unavailable', 'internal'].includes(this.code)
  }
}

const BY_STATUS: Record<number, Code> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  412: 'changed',
  413: 'too_large',
  415: 'unsupported_type',
  429: 'throttled',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
}

/** The problem of a response. The API's own bodies have a code, the gateway's have none. */
export function problemOf(status: number, body: unknown): Problem {
  const { code, message } = (body ?? {}) as { code?: Code; message?: string }
  if (code) return new Problem(code, status, message ?? '')
  return new Problem(BY_STATUS[status] ?? (status >= 500 ? 'unavailable' : 'invalid'), status)
}
