/** Under which names a picture is loaded, so that a phone loads a phone's picture. */
import type { Row } from '@/api/client'
import { renditionFor, sizeFor, type Config } from '@/config'

type Known = Pick<Row, 'status' | 'width' | 'height'>

/** The name for so many pixels of the longer side. Only of what is ready anything is made on
 * demand. */
export function nameFor(config: Config, picture: Known, pixels: number): string {
  if (picture.status !== 'ready') return renditionFor(config, pixels)
  return sizeFor(config, pixels, ownSide(picture) || Infinity)
}

/** The longer side of the original, in pixels; 0 if it is not known. */
export function ownSide({ width, height }: Omit<Known, 'status'>): number {
  return Math.max(width ?? 0, height ?? 0)
}

export interface Sources {
  /** Made ahead, so it is there whatever becomes of the others. */
  src: string
  srcset?: string
}

/** More of the screen's pixels to each of the page's show nothing more in a tile. */
const DENSEST = 2

/** For a tile whose longer side is so long, in pixels of the page. */
export function sourcesOf(config: Config, row: Row, side: number): Sources | undefined {
  const { address } = row
  if (!address) return undefined
  const src = address + renditionFor(config, side * Math.min(DENSEST, devicePixelRatio))
  const [once, dense] = [1, DENSEST].map((each) => address + nameFor(config, row, side * each))
  const srcset = once === dense ? once! : `${once}, ${dense} ${DENSEST}x`
  return srcset === src ? { src } : { src, srcset }
}
