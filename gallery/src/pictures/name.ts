import type { Row } from '@/api/client'
import { day } from '@/parts/amounts'
import { words } from '@/words'

/** What a screen reader calls a picture: its alt text, else file name, day and labels. */
export function nameOf(row: Row): string {
  const name = row.alt_text || [row.name, day(row.date), ...row.labels].join(', ')
  return row.status === 'ready' ? name : `${name}. ${words.states[row.status].name}`
}
