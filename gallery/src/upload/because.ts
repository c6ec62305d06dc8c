/** Why something is as it is, in a sentence. */
import type { Picture } from '@/api/client'
import { bytes } from '@/parts/amounts'
import { ruleOf } from '@/parts/reasons'
import { words } from '@/words'
import { sentence } from '@/words/sentence'
import type { Reason } from './entry'

export function inWords({ cause, detail = '' }: Reason): string {
  const shown = cause === 'too_big' && detail ? bytes(Number(detail)) : detail
  return words.upload.causes[cause](shown)
}

/** The first of the pipeline's reasons; the picture's own page has them all. */
export function because({ failure, reasons }: Pick<Picture, 'failure' | 'reasons'>): string {
  if (failure) return sentence(failure.message)
  const [reason] = reasons
  if (!reason) return ''
  const { rule, limit, value, note } = ruleOf(reason)
  return limit ? words.upload.broken(rule, value, limit) : note || sentence(rule)
}
