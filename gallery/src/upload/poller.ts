/** Asks how far pictures are: often while something changes, seldom while nothing does. */
import { pauseMs } from '@/parts/progress'
import type { Clock } from './clock'
import type { PictureState, Service } from './service'

const A_REQUEST = 100
/** Further ids wait for their turn. */
const REQUESTS = 3

export class Poller {
  private readonly ids = new Set<string>()
  private step = 0
  private running = false
  private nudged = new AbortController()

  /** `take` gets each state, and returns whether it is news and whether to go on asking. */
  constructor(
    private readonly service: Pick<Service, 'states'>,
    private readonly clock: Clock,
    private readonly passable: () => Promise<void>,
    private readonly take: (state: PictureState) => { news: boolean; more: boolean },
    private readonly failed: (error: unknown) => void,
  ) {}

  watch(id: string): void {
    this.ids.add(id)
    if (this.step) this.nudged.abort()
    this.step = 0
    if (!this.running) void this.run()
  }

  forget(id: string): void {
    this.ids.delete(id)
  }

  private async run(): Promise<void> {
    this.running = true
    while (this.ids.size) {
      this.nudged = new AbortController()
      await this.clock.wait(pauseMs(this.step), this.nudged.signal)
      await this.passable()
      this.step++
      await this.ask()
    }
    this.running = false
  }

  private async ask(): Promise<void> {
    const turn = [...this.ids].slice(0, A_REQUEST * REQUESTS)
    for (let start = 0; start < turn.length; start += A_REQUEST) {
      try {
        for (const state of await this.service.states(turn.slice(start, start + A_REQUEST))) {
          if (!this.ids.delete(state.id)) continue
          const { news, more } = this.take(state)
          // At the end, so that the others have their turn.
          if (more) this.ids.add(state.id)
          if (news) this.step = 0
        }
      } catch (error) {
        this.failed(error)
        return
      }
    }
  }
}
