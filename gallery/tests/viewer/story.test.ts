import { describe, expect, it } from 'vitest'
import { duration, ruleOf, steps, tookInAll } from '@/viewer/story'
import { picture } from './picture'

describe('a duration', () => {
  it('has the unit that reads best', () => {
    expect([340, 1000, 4236, 12_000, 90_000, 7_200_000].map(duration)).toEqual([
      '340 ms',
      '1 s',
      '4.2 s',
      '12 s',
      '1.5 min',
      '2 h',
    ])
  })
})

describe('what happened', () => {
  const timeline = [
    { stage: 'received', at: '2026-01-01T10:00:00.000+00:00' },
    { stage: 'analysed', at: '2026-01-01T10:00:01.000+00:00', ms: 745 },
    { stage: 'rendered', at: '2026-01-01T10:00:02.100+00:00', ms: 1400 },
    { stage: 'notified', at: '2026-01-01T10:00:09.000+00:00' },
  ]

  it('is in words, with how long each stage took', () => {
    expect(steps(picture({ timeline })).map(({ name, took }) => [name, took])).toEqual([
      ['Arrived', ''],
      ['Analysed', '745 ms'],
      ['Renditions made', '1.4 s'],
      ['Notice sent', ''],
    ])
  })

  it('shows a stage of a later release by its name', () => {
    const later = [{ stage: 'embroidered', at: '2026-01-01T10:00:00.000+00:00' }]
    expect(steps(picture({ timeline: later }))[0]?.name).toBe('embroidered')
  })

  it('took as long as from the last arrival until the picture was ready', () => {
    expect(tookInAll(picture({ timeline }))).toBe('2.1 s')
    const again = [
      ...timeline,
      { stage: 'received', at: '2026-01-02T10:00:00.000+00:00' },
      { stage: 'rendered', at: '2026-01-02T10:00:03.000+00:00' },
    ]
    expect(tookInAll(picture({ timeline: again }))).toBe('3 s')
  })

  it('took no time as long as it is not over', () => {
    expect(tookInAll(picture({ timeline, status: 'held' }))).toBe('')
    expect(tookInAll(picture({ timeline: timeline.slice(0, 1) }))).toBe('')
    expect(tookInAll(picture())).toBe('')
  })
})

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
  ])('%o is in words', (reason, words) => {
    expect(ruleOf(reason)).toEqual(words)
  })
})
