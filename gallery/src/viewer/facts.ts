/** What is known of a picture, in the reader's form. */
import type { Picture, Schemas } from '@/api/client'
import { bytes, day, moment } from '@/parts/amounts'
import { words } from '@/words'

/** Names and values, without those that are not known. */
export function facts(picture: Picture): [string, string][] {
  const { exif } = picture
  const found: [string, string | null | undefined][] = [
    [words.viewer.taken, exif?.taken_at && `${day(exif.taken_at)}, ${exif.taken_at.slice(11, 16)}`],
    [words.viewer.uploaded, moment(picture.uploaded_at)],
    [words.viewer.camera, exif?.camera],
    [words.viewer.lens, exif?.lens],
    [words.viewer.exposure, exif?.exposure && exposure(exif.exposure)],
    [words.viewer.size, size(picture)],
    [
      words.viewer.score[picture.score_by ?? 'measures'],
      picture.score === null ? null : words.viewer.ofHundred(plain(picture.score)),
    ],
    [words.viewer.file, [typeName(picture.type), bytes(picture.bytes)].filter(Boolean).join(', ')],
    [words.viewer.place, exif?.gps && place(exif.gps)],
    [words.viewer.titled, exif?.title],
    [words.viewer.creator, exif?.creator],
    [words.viewer.copyright, exif?.copyright],
  ]
  return found.filter((each): each is [string, string] => Boolean(each[1]))
}

/** `1/250 s, f/2.8, ISO 100, 50 mm`. */
export function exposure(made: Schemas['Exposure']): string {
  const { seconds, f_number, iso, focal_length_mm, bias_ev, flash } = made
  return [
    seconds && `${seconds < 0.4 ? `1/${Math.round(1 / seconds)}` : plain(seconds)} s`,
    f_number && `f/${plain(f_number)}`,
    iso && `ISO ${iso}`,
    focal_length_mm && `${plain(focal_length_mm)} mm`,
    bias_ev && `${bias_ev > 0 ? '+' : '−'}${plain(Math.abs(bias_ev))} EV`,
    flash && words.viewer.flash,
  ]
    .filter(Boolean)
    .join(', ')
}

/** `47.3769° N, 8.5417° E, 408 m`. */
export function place({ latitude, longitude, altitude_m }: Schemas['Position']): string {
  const degrees = (value: number, [plus, minus]: [string, string]): string =>
    `${Math.abs(value).toFixed(4)}° ${value < 0 ? minus : plus}`
  const altitude = altitude_m ? [`${Math.round(altitude_m)} m`] : []
  return [degrees(latitude, ['N', 'S']), degrees(longitude, ['E', 'W']), ...altitude].join(', ')
}

/** `image/jpeg` as `JPEG`. */
export function typeName(type: string | null): string {
  return type
    ? type
        .replace(/^image\/(x-)?/, '')
        .replace(/\+.*$/, '')
        .toUpperCase()
    : ''
}

function size({ width, height }: Picture): string {
  if (!width || !height) return ''
  const million = (width * height) / 1e6
  const exact = `${width} × ${height}`
  return million < 0.1 ? exact : `${exact} (${plain(million)} MP)`
}

function plain(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 })
}
