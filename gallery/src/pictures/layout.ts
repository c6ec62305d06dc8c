/** Justified rows: every picture whole, every row as wide as the page. */

export interface Shape {
  width?: number | null
  height?: number | null
}

/** A place in pixels, from the top left of what is laid out. */
export interface Tile {
  left: number
  top: number
  width: number
  height: number
}

export interface Rows {
  tiles: Tile[]
  /** For each row the number of its first tile. */
  starts: number[]
  height: number
}

/** Panoramas and strips would leave nothing of their neighbours. */
const NARROWEST = 0.4
const WIDEST = 3

export function aspect({ width, height }: Shape): number {
  const ratio = width && height ? width / height : 1
  return Math.min(WIDEST, Math.max(NARROWEST, ratio))
}

/** Rows of about `target` pixels in height, with `below` more under each. The last keeps that height
 * and its raggedness. */
export function justify(
  shapes: Shape[],
  width: number,
  target: number,
  gap: number,
  below = 0,
): Rows {
  const tiles: Tile[] = []
  const starts: number[] = []
  let top = 0
  let first = 0
  let sum = 0

  const close = (end: number, height: number): void => {
    starts.push(first)
    let left = 0
    for (let each = first; each < end; each++) {
      // Edges are rounded, not widths, so that the row ends exactly at the edge.
      const right = left + aspect(shapes[each]!) * height
      const [from, to] = [Math.round(left), Math.round(right)]
      tiles.push({ left: from, top, width: to - from, height: Math.round(height) })
      left = right + gap
    }
    top += Math.round(height) + below + gap
    first = end
    sum = 0
  }

  shapes.forEach((shape, place) => {
    sum += aspect(shape)
    const inner = width - gap * (place - first)
    if (sum * target < inner) return
    // Whichever is nearer to the target: with this picture, or without it.
    const without = (inner + gap) / (sum - aspect(shape))
    if (place > first && without - target < target - inner / sum) {
      close(place, without)
      sum = aspect(shape)
      if (sum * target >= width) close(place + 1, width / sum)
    } else close(place + 1, inner / sum)
  })
  if (first < shapes.length) close(shapes.length, Math.min(target, width / sum))
  return { tiles, starts, height: Math.max(0, top - gap) }
}

/** About how high `count` pictures will be that nothing is known of. */
export function estimate(count: number, width: number, target: number, gap: number): number {
  const perRow = Math.max(1, Math.floor(width / (target * 1.4)))
  return Math.ceil(count / perRow) * (target + gap) - gap
}

/** The tile nearest above or below, for the arrow keys; -1 where there is none. */
export function vertical(rows: Rows, from: number, direction: 1 | -1): number {
  const tile = rows.tiles[from]
  if (!tile) return -1
  const row = rows.starts.findLastIndex((start) => start <= from)
  const start = rows.starts[row + direction]
  if (start === undefined) return -1
  return nearest(rows, row + direction, tile.left + tile.width / 2)
}

/** The tile of a row, negative from the end, that is nearest to `middle`. */
export function nearest(rows: Rows, row: number, middle: number): number {
  const at = row < 0 ? rows.starts.length + row : row
  const start = rows.starts[at] ?? 0
  const end = rows.starts[at + 1] ?? rows.tiles.length
  let best = start
  for (let each = start; each < end; each++) {
    const distance = (tile: Tile): number => Math.abs(tile.left + tile.width / 2 - middle)
    if (distance(rows.tiles[each]!) < distance(rows.tiles[best]!)) best = each
  }
  return best
}
