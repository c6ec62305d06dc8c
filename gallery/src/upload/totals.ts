/** Sums over all files, kept up to date with each change instead of being counted again. */
import { counted, type Entry, type State } from './entry'

export class Totals {
  readonly states: Partial<Record<State, number>> = {}
  files = 0
  bytes = 0
  sent = 0

  add(entry: Entry): void {
    this.change(entry, 1)
  }

  remove(entry: Entry): void {
    this.change(entry, -1)
  }

  count(...states: State[]): number {
    return states.reduce((sum, each) => sum + (this.states[each] ?? 0), 0)
  }

  private change(entry: Entry, by: 1 | -1): void {
    this.states[entry.state] = (this.states[entry.state] ?? 0) + by
    if (!counted(entry.state)) return
    this.files += by
    this.bytes += by * entry.bytes
    this.sent += by * entry.sent
  }
}
