import { describe, expect, it } from 'vitest'
import { estimate, justify, nearest, vertical } from '@/pictures/layout'

const landscape = { width: 300, height: 200 }
const portrait = { width: 200, height: 300 }

describe('justified rows', () => {
  it('fill the width exactly, but for the last', () => {
    const shapes = Array.from({ length: 23 }, (_, place) => (place % 3 ? landscape : portrait))
    const rows = justify(shapes, 1000, 200, 4)
    rows.starts.forEach((start, row) => {
      const end = rows.starts[row + 1] ?? rows.tiles.length
      const last = rows.tiles[end - 1]!
      if (row < rows.starts.length - 1) expect(last.left + last.width).toBe(1000)
      else expect(last.left + last.width).toBeLessThanOrEqual(1000)
      for (let each = start + 1; each < end; each++)
        expect(rows.tiles[each]!.left).toBe(
          rows.tiles[each - 1]!.left + rows.tiles[each - 1]!.width + 4,
        )
    })
  })

  it('are about as high as asked for', () => {
    const shapes = Array.from({ length: 200 }, (_, place) => [landscape, portrait, {}][place % 3]!)
    const rows = justify(shapes, 1200, 220, 4)
    for (const tile of rows.tiles) {
      expect(tile.height).toBeGreaterThan(150)
      expect(tile.height).toBeLessThan(320)
    }
  })

  it('keep every picture, in its order', () => {
    const rows = justify(Array(57).fill(landscape), 640, 120, 4)
    expect(rows.tiles).toHaveLength(57)
    expect(rows.tiles.map(({ top }) => top)).toEqual(
      rows.tiles.map(({ top }) => top).toSorted((a, b) => a - b),
    )
  })

  it('show a panorama and a strip without squeezing their neighbours away', () => {
    const rows = justify(
      [{ width: 10_000, height: 100 }, landscape, { width: 10, height: 9000 }],
      900,
      200,
      4,
    )
    for (const { width, height } of rows.tiles) {
      expect(width).toBeGreaterThan(50)
      expect(height).toBeGreaterThan(50)
    }
  })

  it('of nothing have no height', () => {
    expect(justify([], 900, 200, 4)).toEqual({ tiles: [], starts: [], height: 0 })
  })

  it('fit on the narrowest phone', () => {
    for (const { left, width } of justify(Array(9).fill(landscape), 312, 120, 4).tiles)
      expect(left + width).toBeLessThanOrEqual(312)
  })
})

it('a line under each picture moves later rows down and changes nothing else', () => {
  const shapes = Array(7).fill(landscape)
  const [bare, lined] = [justify(shapes, 640, 120, 4), justify(shapes, 640, 120, 4, 24)]
  const row = (place: number): number => bare.starts.findLastIndex((start) => start <= place)
  expect(lined.starts).toEqual(bare.starts)
  expect(lined.tiles).toEqual(
    bare.tiles.map((tile, place) => ({ ...tile, top: tile.top + 24 * row(place) })),
  )
  expect(lined.height).toBe(bare.height + 24 * bare.starts.length)
})

it('an estimate is near the truth for common pictures', () => {
  const rows = justify(Array(1000).fill(landscape), 1300, 220, 4)
  const estimated = estimate(1000, 1300, 220, 4)
  expect(estimated / rows.height).toBeGreaterThan(0.8)
  expect(estimated / rows.height).toBeLessThan(1.25)
})

describe('the arrow keys', () => {
  const rows = justify(Array(9).fill({ width: 1, height: 1 }), 308, 100, 4)

  it('go to the tile right above and below', () => {
    expect(rows.starts).toEqual([0, 3, 6])
    expect([vertical(rows, 4, 1), vertical(rows, 4, -1)]).toEqual([7, 1])
  })

  it('find nothing beyond the first and last row', () => {
    expect([vertical(rows, 1, -1), vertical(rows, 7, 1)]).toEqual([-1, -1])
  })

  it('count rows from the end too', () => {
    expect([nearest(rows, 0, 300), nearest(rows, -1, 0)]).toEqual([2, 6])
  })
})
