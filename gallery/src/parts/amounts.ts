/** Amounts and moments in the reader's own form. */

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']

/** `1 byte`, `2.5 MB`: decimal units, three digits at most. */
export function bytes(count: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), UNITS.length - 1)
  return new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit: UNITS[power]!,
    unitDisplay: power ? 'short' : 'long',
    maximumSignificantDigits: 3,
  }).format(count / 1000 ** power)
}

const DAY = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
})
const DAYS = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeZone: 'UTC' })
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** A day such as `2026-01-31`, in words. It is the day at the place where the picture was taken. */
export function day(date: string): string {
  return DAY.format(new Date(`${date.slice(0, 10)}T00:00:00Z`))
}

/** From one day to another, both included, with nothing said twice. */
export function days(from: string, to: string): string {
  const at = (date: string): Date => new Date(`${date.slice(0, 10)}T00:00:00Z`)
  return from === to ? day(from) : DAYS.formatRange(at(from), at(to))
}

/** A moment in the reader's zone. */
export function moment(at: string): string {
  return MOMENT.format(new Date(at))
}
