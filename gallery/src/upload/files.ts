/** What the API must know of a file: its name, its type, and whether to send it at all. */
import type { Reason } from './entry'

/** Browsers know few of these, and some systems none. */
const TYPES: Record<string, string> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  jpe: 'image/jpeg',
  jfif: 'image/jpeg',
  png: 'image/png',
  apng: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  heic: 'image/heic',
  heif: 'image/heic',
  hif: 'image/heic',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  bmp: 'image/bmp',
}
const UNKNOWN = 'image/x-unknown'
const ACCEPTED = /^image\/[a-z0-9.+-]{1,60}$/

/** For the `accept` of a file input. */
export const ACCEPT = ['image/*', ...Object.keys(TYPES).map((each) => `.${each}`)].join()

/** The API's limits. */
const LONGEST_NAME = 200
const MOST_BYTES = 80_000_000_000

/** Files that systems leave in folders. */
const LITTER = /^(\..*|thumbs\.db|desktop\.ini|icon\r)$/i

export function isLitter(name: string): boolean {
  return LITTER.test(name)
}

/** The media type to send. The pipeline goes by the content, so a guess does no harm. */
export function typeOf(file: Pick<File, 'name' | 'type'>): string {
  const known = TYPES[extension(file.name)]
  if (known) return known
  const type = file.type.toLowerCase()
  return ACCEPTED.test(type) ? type : UNKNOWN
}

/** The name to send: without invisible characters and slashes, and not too long. */
export function nameOf(name: string): string {
  const shown = [...name.replace(/(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '')]
  const safe = shown.map((each) => (each === '/' ? '_' : each))
  const end = `.${extension(name)}`
  const kept =
    safe.length > LONGEST_NAME ? [...safe.slice(0, LONGEST_NAME - end.length), ...end] : safe
  const text = kept.join('').trim()
  return /^\.{0,2}$/.test(text) ? 'picture' : text
}

/** Why the file is not worth sending. */
export function refusalOf(file: File): Reason | undefined {
  if (file.size === 0) return { cause: 'empty' }
  if (file.size > MOST_BYTES) return { cause: 'too_big', detail: String(MOST_BYTES) }
  const named = extension(file.name) in TYPES
  if (!named && file.type && !file.type.startsWith('image/')) {
    return { cause: 'not_a_picture', detail: file.type }
  }
  return undefined
}

function extension(name: string): string {
  const dot = name.lastIndexOf('.')
  const found = dot > 0 ? name.slice(dot + 1).toLowerCase() : ''
  return /^[a-z0-9]{1,5}$/.test(found) ? found : ''
}
