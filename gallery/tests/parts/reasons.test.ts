import { describe, expect, it } from 'vitest'
import { ruleOf } from '@/parts/reasons'

describe('a reason', () => {
  it.each([
    [
      { rule: 'quality.min_sharpness', limit: 40, value: 31.24 },
      { rule: 'Sharpness', limit: 'at least 40', value: '31.2', note: '' },
    ],
    [
      { rule: 'quality.max_brightness', limit: 90, value: 97 },
      { rule: 'Brightness', limit: 'at most 90', value: '97', note: '' },
    ],
    [
      { rule: 'moderation.hold', limit: 50, value: 61.5, name: 'Alcohol' },
      { rule: 'Alcohol', limit: 'below 50 %', value: '61.5 %', note: '' },
    ],
    [
      { rule: 'review', note: 'blurred face' },
      { rule: 'A reviewer decided so', limit: '', value: '', note: 'blurred face' },
    ],
    [
      { rule: 'duplicates', other: 'a'.repeat(32) },
      {
        rule: 'The same file is here already',
        limit: '',
        value: '',
        note: '',
        other: 'a'.repeat(32),
      },
    ],
    [
      { rule: 'blocked' },
      {
        rule: 'The file is blocked: a reviewer rejected it once, for every upload',
        limit: '',
        value: '',
        note: '',
      },
    ],
    [
      { rule: 'quality.min_joy', limit: 1, value: 0 },
      { rule: 'quality.min_joy', limit: 'at least 1', value: '0', note: '' },
    ],
    [
      { rule: 'something.new', limit: 1, value: 0 },
      { rule: 'The rule something.new', limit: '', value: '', note: '' },
    ],
  ])('%o is in words', (reason, words) => {
    expect(ruleOf(reason)).toEqual(words)
  })
})
