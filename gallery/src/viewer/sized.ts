/** The address of a picture in a size of one's own, and what it shows. */
import type { OnDemand } from '@/config'
import type { Size } from './zoom'

export type Focus = OnDemand['foci'][number]
export type Format = OnDemand['formats'][number]

export interface Choice extends Size {
  fit: 'inside' | 'cover'
  focus: Focus
  /** Whichever each browser prefers, if none is chosen. */
  format: Format | ''
}

const EXTENSIONS: Record<Format, string> = { avif: '.avif', jpeg: '.jpg', webp: '.webp' }

/** The last part of the address. */
export function nameOf({ width, height, fit, focus, format }: Choice): string {
  const size = width === height ? `${width}` : `${width}x${height}`
  const crop = fit === 'cover' ? [fit, ...(focus === 'centre' ? [] : [focus])] : []
  return [size, ...crop].join(',') + (format && EXTENSIONS[format])
}

/** The pixels of the file: nothing is enlarged. */
export function pixelsOf({ width, height, fit }: Choice, own: Size): Size {
  const [across, down] = [width / own.width, height / own.height]
  if (fit === 'inside') {
    const scale = Math.min(across, down, 1)
    return { width: rounded(own.width * scale), height: rounded(own.height * scale) }
  }
  const scale = Math.min(Math.max(across, down), 1)
  const shown = Math.min(1, scale / across, scale / down)
  return { width: rounded(width * shown), height: rounded(height * shown) }
}

/** The steps that show more than the one before; one at least. */
export function stepsFor(steps: number[], own: Size): number[] {
  const most = Math.max(own.width, own.height)
  return steps.filter((_, at) => at === 0 || steps[at - 1]! < most)
}

function rounded(side: number): number {
  return Math.max(1, Math.round(side))
}
