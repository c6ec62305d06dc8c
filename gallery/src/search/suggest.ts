/** What may be meant by what is being typed. */
import type { Schemas } from '@/api/client'
import { counted, words } from '@/words'
import { typedAt, written, type Name } from './query'

export { completed } from './query'

export type Known = Schemas['KnownWords']

export interface Suggestion {
  /** What takes the place of what was typed. */
  completion: string
  /** What it means, or how many pictures have it. */
  hint: string
}

const MOST = 8
const OPERATORS = ['label:', '-label:', 'camera:', 'text:', 'after:', 'before:'] as const

/** At most eight completions of what is typed where the caret is; `now` is for dates. */
export function suggest(text: string, caret: number, known: Known, now: Date): Suggestion[] {
  const { typed } = typedAt(text, caret)
  return meant(typed, known, now)
    .filter(({ completion }) => completion.toLowerCase() !== typed.toLowerCase())
    .slice(0, MOST)
}

function meant(typed: string, known: Known, now: Date): Suggestion[] {
  const condition = /^(-?)([a-z]+):"?(.*?)"?$/i.exec(typed)
  if (!condition) return [...operators(typed), ...named(typed, known)]
  const [, minus, given, value] = condition as unknown as [string, string, string, string]
  const name = given.toLowerCase() as Name
  if (name === 'label') return ofWords('label', known.labels, value, !!minus)
  if (name === 'camera') return ofWords('camera', known.cameras, value, !!minus)
  if ((name === 'after' || name === 'before') && !minus) return dates(name, value, now)
  return []
}

function operators(typed: string): Suggestion[] {
  return OPERATORS.filter((each) => each.startsWith(typed.toLowerCase())).map((each) => ({
    completion: each,
    hint: words.search.operators[each],
  }))
}

/** Labels and cameras that begin so, whose names nobody has to know. */
function named(typed: string, known: Known): Suggestion[] {
  const excluded = typed.startsWith('-')
  const value = excluded ? typed.slice(1) : typed
  if (!value) return []
  return [
    ...ofWords('label', known.labels, value, excluded),
    ...ofWords('camera', known.cameras, value, excluded),
  ]
}

function ofWords(
  name: 'label' | 'camera',
  known: Known['labels'],
  value: string,
  excluded: boolean,
): Suggestion[] {
  const wanted = value.toLowerCase()
  const begins = (each: string): boolean =>
    each.startsWith(wanted) || each.split(/[\s-]+/).some((word) => word.startsWith(wanted))
  return known
    .filter((each) => begins(each.name.toLowerCase()))
    .map((each) => ({
      completion: written(name, each.name, excluded),
      hint: counted(each.pictures, 'picture'),
    }))
}

function dates(name: 'after' | 'before', value: string, now: Date): Suggestion[] {
  const year = now.getFullYear()
  const month = `${year}-${String(now.getMonth() + 1).padStart(2, '0')}`
  const known: [string, string][] = [
    [month, words.search.thisMonth],
    [`${year}`, words.search.thisYear],
    [`${year - 1}`, words.search.lastYear],
  ]
  return known
    .filter(([date]) => date.startsWith(value))
    .map(([date, hint]) => ({ completion: written(name, date), hint }))
}
