/** What an `<img>` in a grid loads, so that a phone loads a phone's picture. */
import type { Row } from '@/api/client'
import { renditionFor, sizeFor, type Config } from '@/config'

export interface Sources {
  /** Made ahead, so it is there whatever becomes of the others. */
  src: string
  srcset?: string
}

/** More of the screen's pixels to each of the page's show nothing more in a tile. */
const DENSEST = 2

/** For a tile whose longer side is so long, in pixels of the page. Only what is shown to everyone is
 * asked for in sizes on demand. */
export function sourcesOf(config: Config, row: Row, side: number): Sources | undefined {
  const { address, status } = row
  if (!address) return undefined
  const src = address + renditionFor(config, side * Math.min(DENSEST, devicePixelRatio))
  if (status !== 'ready') return { src }
  const own = Math.max(row.width ?? 0, row.height ?? 0) || Infinity
  const [once, dense] = [1, DENSEST].map((each) => address + sizeFor(config, side * each, own))
  const srcset = once === dense ? once! : `${once}, ${dense} ${DENSEST}x`
  return srcset === src ? { src } : { src, srcset }
}
