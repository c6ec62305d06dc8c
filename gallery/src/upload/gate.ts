/** A gate that anybody can pass while nobody holds it. */
export class Gate<Reason extends string> {
  private readonly held = new Set<Reason>()
  private opened: Promise<void> | undefined
  private open = (): void => undefined

  get closed(): boolean {
    return this.held.size > 0
  }

  has(reason: Reason): boolean {
    return this.held.has(reason)
  }

  hold(reason: Reason): void {
    this.held.add(reason)
    this.opened ??= new Promise((resolve) => (this.open = resolve))
  }

  release(reason: Reason): void {
    this.held.delete(reason)
    if (this.held.size) return
    this.open()
    this.opened = undefined
  }

  /** Resolves when nobody holds the gate. */
  async pass(): Promise<void> {
    while (this.opened) await this.opened
  }
}
