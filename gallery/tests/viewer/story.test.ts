import { describe, expect, it } from 'vitest'
import { costInAll, duration, steps, tookInAll } from '@/viewer/story'
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

  it('has its dollars beside the last time that each was made', () => {
    const costs = { moderation: 0.001, rekognition: 0.00004, resize: 0.00002, renditions: 0.00004 }
    const again = [...timeline, { stage: 'rendered', at: '2026-01-01T11:00:00.000+00:00' }]
    const paid = picture({ timeline: again, costs })
    expect(steps(paid).map(({ cost }) => cost)).toEqual(['', '$0.001', '', '', '$0.00006'])
    expect(costInAll(paid)).toBe('$0.0011')
    expect(costInAll(picture())).toBe('')
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
