import type { Row } from '@/api/client'
import { day } from '@/parts/amounts'
import { words } from '@/words'

/** What a screen reader calls a picture: what it shows, and what tells it from others like it. */
export function nameOf(row: Row): string {
  const file = [row.name, day(row.date)]
  const name = (row.alt_text ? [row.alt_text, ...file] : [...file, ...row.labels]).join(', ')
  return row.status === 'ready' ? name : `${name}. ${words.states[row.status].name}`
}
