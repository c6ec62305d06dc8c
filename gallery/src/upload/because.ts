/** Why something is as it is, in a sentence. */
import type { Picture } from '@/api/client'
import { bytes } from '@/parts/amounts'
import { words } from '@/words'
import { sentence } from '@/words/sentence'
import type { Reason } from './entry'

export function inWords({ cause, detail = '' }: Reason): string {
  const shown = cause === 'too_big' && detail ? bytes(Number(detail)) : detail
  return words.upload.causes[cause](shown)
}

type Reasons = NonNullable<Picture['reasons']>

/** The first of the pipeline's reasons; the picture's own page has them all. */
export function because({ failure, reasons }: Pick<Picture, 'failure' | 'reasons'>): string {
  if (failure) return sentence(failure.message)
  const reason = reasons[0]
  return reason ? ruled(reason) : ''
}

function ruled({ rule, limit, value, name, note }: Reasons[number]): string {
  const { upload } = words
  if (rule === 'review' || rule === 'blocked') return note || upload.reviewed
  const number = (given: number | null | undefined): string =>
    (given ?? 0).toLocaleString('en', { maximumFractionDigits: 1 })
  const [subject, measured = ''] = rule.split('.')
  const [, bound, what = ''] = /^(min|max)_(.+)$/.exec(measured) ?? []
  if (subject === 'moderation' && name) return upload.seen(name, `${number(value)} %`)
  if (bound === 'min') return upload.below(sentence(what, ''), number(value), number(limit))
  if (bound === 'max') return upload.above(sentence(what, ''), number(value), number(limit))
  return upload.rule(rule)
}
