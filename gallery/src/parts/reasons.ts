/** Why a picture is not shown, in words. */
import type { Schemas } from '@/api/client'
import { words } from '@/words'

export interface Rule {
  rule: string
  /** What the policy asks for, and what the picture has; both are empty if a person decided. */
  limit: string
  value: string
  note: string
  /** The id of the picture that it is about, if that is another one. */
  other?: string
}

export function ruleOf(reason: Schemas['Reason']): Rule {
  const note = reason.note ?? ''
  if (reason.rule === 'review' || reason.rule === 'blocked')
    return { rule: words.viewer.decided[reason.rule], limit: '', value: '', note }
  if (reason.rule === 'duplicates')
    return {
      rule: words.viewer.decided.duplicates,
      limit: '',
      value: '',
      note,
      ...(reason.other && { other: reason.other }),
    }
  const [subject, rest] = reason.rule.split('.') as [string, string?]
  if (subject === 'moderation') {
    const share = (value: number | null | undefined): string => `${amount(value)} %`
    return {
      rule: reason.name ?? words.viewer.moderation,
      limit: words.viewer.below(share(reason.limit)),
      value: share(reason.value),
      note,
    }
  }
  const [bound, measure = ''] = (rest ?? '').split('_') as [string, string?]
  if (bound !== 'min' && bound !== 'max')
    return { rule: words.viewer.unknownRule(reason.rule), limit: '', value: '', note }
  const limit = amount(reason.limit)
  return {
    rule: words.viewer.measures[measure] ?? reason.rule,
    limit: bound === 'max' ? words.viewer.atMost(limit) : words.viewer.atLeast(limit),
    value: amount(reason.value),
    note,
  }
}

function amount(value: number | null | undefined): string {
  return value === null || value === undefined
    ? '–'
    : value.toLocaleString('en', { maximumFractionDigits: 1 })
}
