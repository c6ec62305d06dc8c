/** The language of the search field, as the API reads it: words, and conditions such as
 * `label:cat`, each of which `text:"no entry"` may have in quotes, and a minus excludes. */

import { words } from '@/words'

export type Name = 'label' | 'camera' | 'text' | 'after' | 'before'

export interface Part {
  /** The condition's name; empty for a word. */
  name: Name | ''
  value: string
  excluded: boolean
  /** Where it stands in the text. */
  from: number
  to: number
}

export const NAMES: Name[] = ['label', 'camera', 'text', 'after', 'before']
const DATES = ['after', 'before']
const PART = /(-?)(?:([A-Za-z]+):)?(?:"([^"]*)"?|([^\s"]+))/g
const QUOTES = /[\u201c\u201d\u201e\u00ab\u00bb]/g

/** The words and conditions, in their order. What the API takes for a word is one here, too. */
export function partsOf(text: string): Part[] {
  return [...text.replace(QUOTES, '"').matchAll(PART)].map((match) => {
    const [whole, minus, given = '', quoted, plain] = match
    const name = given.toLowerCase() as Name
    const value = quoted ?? plain ?? ''
    const span = { from: match.index, to: match.index + whole.length }
    const known = NAMES.includes(name) && !(minus && DATES.includes(name))
    if (known && (DATES.includes(name) || /[\p{L}\p{N}_]/u.test(value)))
      return { name, value, excluded: !!minus, ...span }
    return {
      name: '',
      value: given || minus || quoted === undefined ? whole : value,
      excluded: false,
      ...span,
    }
  })
}

/** A condition as it is typed. */
export function written(name: Name, value: string, excluded = false): string {
  const plain = /^[^\s"]+$/.test(value)
  return `${excluded ? '-' : ''}${name}:${plain ? value : `"${value}"`}`
}

/** The text with this part taken out. */
export function without(text: string, { from, to }: Part): string {
  return `${text.slice(0, from)} ${text.slice(to)}`.trim().replace(/\s+/g, ' ')
}

/** What is being typed where the caret is: from there back to a space that is in no quotes. */
export function typedAt(text: string, caret: number): { from: number; typed: string } {
  const before = text.slice(0, caret)
  const last = [...before.matchAll(/(?:[^\s"]|"[^"]*(?:"|$))+/g)].at(-1)
  const from = last && last.index + last[0].length === caret ? last.index : caret
  return { from, typed: before.slice(from) }
}

/** The text with what is being typed replaced, and where the caret is then. */
export function completed(
  text: string,
  caret: number,
  completion: string,
): { text: string; caret: number } {
  const { from } = typedAt(text, caret)
  const rest = text.slice(caret)
  const end = /^[^\s]*/.exec(rest)![0].length
  const after = rest.slice(end).trimStart()
  // Whoever chose a name goes on with its value.
  const gap = completion.endsWith(':') && !after ? '' : ' '
  const until = text.slice(0, from) + completion + gap
  return { text: until + after, caret: until.length }
}

/** A condition in words. */
export function said({ name, value, excluded }: Part): string {
  const condition = name ? words.search.condition[name](value) : value
  return excluded ? words.search.excluded(condition) : condition
}
