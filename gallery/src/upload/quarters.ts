/** When to tell somebody who listens how far it is: at the quarters, and at the end. */
export class Quarters {
  private told = 0

  /** The quarter that has been reached since the last one, or `end`, once. */
  due(done: number, all: number, over: boolean): 1 | 2 | 3 | 'end' | undefined {
    if (over) {
      const begun = this.told > 0
      this.told = 0
      return begun ? 'end' : undefined
    }
    // One step ahead, so that an end without any quarter is told too.
    const reached = Math.floor((done / all) * 4)
    const before = this.told - 1
    this.told = Math.max(this.told, reached + 1)
    const quarter = Math.min(reached, 3)
    return before >= 0 && reached > before && quarter > 0 ? (quarter as 1 | 2 | 3) : undefined
  }
}
