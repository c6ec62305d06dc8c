import type { Code } from '@/api/problems'

/** What happened, and the one thing to do about it. */
export const problems: Record<Code, string> = {
  network: 'The connection was lost. Try again when you are online.',
  expired: 'Your sign-in has expired. Sign in again.',
  invalid: 'The request was refused. Load the page again.',
  unauthorized: 'Your sign-in is not accepted any more. Sign in again.',
  forbidden: 'You have no right to do this. Ask a reviewer.',
  not_found: 'This picture does not exist, or is not yours to see.',
  conflict: 'This is not possible in the picture’s present state.',
  changed: 'The picture has changed meanwhile. Look at it again.',
  too_large: 'This is more than can be sent at once.',
  unsupported_type: 'The request was refused. Load the page again.',
  too_many: 'Your limit for today is reached. It starts over at midnight UTC.',
  throttled: 'Too many requests at once. Try again in a few seconds.',
  unavailable: 'The service does not respond. Try again in a moment.',
  internal: 'Something failed on our side. Try again in a moment.',
}
