import { describe, expect, it } from 'vitest'
import { daysLeft } from '@/trash/left'
import type { Receipt } from '@/trash/moves'
import { totalOf } from '@/trash/receipt'

const NOW = Date.parse('2026-01-08T12:00:00Z')

describe('the days that are left', () => {
  it('count from the deletion, and begin whole', () => {
    expect(daysLeft('2026-01-08T12:00:00Z', 7, NOW)).toBe(7)
    expect(daysLeft('2026-01-02T11:00:00Z', 7, NOW)).toBe(1)
  })

  it('are never negative, as storage is cleared once a day', () => {
    expect(daysLeft('2025-12-01T00:00:00Z', 7, NOW)).toBe(0)
  })

  it('are unknown of what was deleted before anybody wrote down when', () => {
    expect(daysLeft(null, 7, NOW)).toBeUndefined()
  })
})

describe('the receipt of several pictures', () => {
  const receipt = (known: Partial<Receipt>): Receipt => ({
    id: 'a',
    at: '2026-01-08T12:00:00Z',
    versions: 1,
    bytes: 10,
    previews: 0,
    looks: 1,
    vectors: 0,
    survives: {},
    ...known,
  })

  it('adds up what was removed, and has the latest end of what may remain', () => {
    const total = totalOf([
      receipt({ versions: 2, survives: { backups: '2026-01-15T12:00:01Z' } }),
      receipt({
        previews: 1,
        at: '2026-01-08T12:00:05Z',
        survives: { backups: '2026-01-15T12:00:05Z' },
      }),
    ])
    expect(total).toEqual({
      pictures: 2,
      versions: 3,
      bytes: 20,
      previews: 1,
      looks: 2,
      vectors: 0,
      at: '2026-01-08T12:00:05Z',
      survives: [['backups', '2026-01-15T12:00:05Z']],
    })
  })
})
