/** Which files show a picture, from the first that is there to the finest. */
import type { Picture, Row } from '@/api/client'
import type { Config } from '@/config'
import { nameFor, ownSide } from '@/pictures/sources'
import type { Size } from './zoom'

/** What `<img>` can show in every browser that this page runs in. */
const SHOWN = ['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif']
const MOST_BYTES = 60_000_000

/** What the names of renditions are appended to; undefined if there are none. */
export function addressOf(picture: Picture): string | undefined {
  for (const formats of Object.values(picture.renditions)) {
    const file = Object.values(formats)[0]
    if (file) return file.address.slice(0, file.address.lastIndexOf('/') + 1)
  }
  return undefined
}

/** The name of the picture for so many pixels, a rendition's or a size. Renditions of an earlier
 * recipe have other names. */
export function renditionOf(config: Config, picture: Picture, pixels: number): string | undefined {
  const known = Object.entries(config.renditions).filter(([name]) => name in picture.renditions)
  if (known.length)
    return nameFor({ ...config, renditions: Object.fromEntries(known) }, picture, pixels)
  return Object.keys(picture.renditions).sort(
    (a, b) => longest(picture, b) - longest(picture, a),
  )[0]
}

/** The longer side of a rendition, in pixels. */
export function longest(picture: Picture, rendition: string): number {
  const files = Object.values(picture.renditions[rendition] ?? {})
  return Math.max(0, ...files.map((file) => Math.max(file.width ?? 0, file.height ?? 0)))
}

export type Detail = 'enough' | 'original' | 'unshowable' | 'too_large'

/** Where the detail comes from that so many pixels need. */
export function detail(config: Config, picture: Picture, pixels: number): Detail {
  const own = ownSide(picture)
  const finest = renditionOf(config, picture, own)
  const shown = finest ? longest(picture, finest) || Math.min(Number(finest), own) : 0
  if (!finest || !picture.manages || pixels <= shown || own <= shown) return 'enough'
  if (!SHOWN.includes(picture.type ?? '')) return 'unshowable'
  return picture.bytes > MOST_BYTES ? 'too_large' : 'original'
}

export interface Shape extends Size {
  placeholder: string | null
}

/** The picture's size and placeholder, from whichever is known first. */
export function shapeOf(picture: Picture | undefined, row: Row | undefined): Shape | undefined {
  const known = picture?.width && picture.height ? picture : row
  if (!known?.width || !known.height) return undefined
  return { width: known.width, height: known.height, placeholder: known.placeholder ?? null }
}
