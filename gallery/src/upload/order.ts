/** The list of files: what needs the person first, what is done last; else as they were chosen. */
import { GROUP_COUNT, groupOf, type Entry } from './entry'

export function ordered(entries: Iterable<Entry>): Entry[] {
  const groups: Entry[][] = Array.from({ length: GROUP_COUNT }, () => [])
  for (const entry of entries) groups[groupOf(entry.state)]?.push(entry)
  return groups.flat()
}
