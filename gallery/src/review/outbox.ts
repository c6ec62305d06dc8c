/** Verdicts on their way. A verdict waits for a few seconds before it is sent, so that undoing it
 * leaves no trace; after that, undoing means to decide again. */
import { shallowReactive, shallowRef, type ShallowRef } from 'vue'
import { of, type Api, type Schemas } from '@/api/client'

export type Held = Schemas['Reviewed']
export type Decision = 'approve' | 'reject'

export interface Verdict {
  picture: Held
  decision: Decision
  reason: string
  block: boolean
}

export interface Sent extends Verdict {
  result: Schemas['Ruling']['result']
}

export interface Outbox {
  waiting: Verdict[]
  /** What was sent, the latest last. */
  sent: Sent[]
  failure: ShallowRef<unknown>
  decide: (verdict: Verdict) => void
  /** Take back the latest verdict: its picture, or undefined if there is none. If the verdict was
   * sent already, the next one is about whatever revision the picture has by then. */
  undo: () => Held | undefined
  /** Send everything now. */
  flush: () => Promise<void>
}

export const DELAY_MS = 5000
const MOST = 100
/** What a verdict leads to, such as removing renditions, changes its picture for some seconds. */
const RACE_MS = 1000

const wait = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms))

export function outbox(api: Api, done: (sent: Sent[]) => void, pause = wait): Outbox {
  const waiting = shallowReactive<Verdict[]>([])
  const sent = shallowReactive<Sent[]>([])
  const failure = shallowRef<unknown>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let sending: Promise<void> | undefined

  /** Pictures whose verdict was sent and taken back: what follows from it still changes them. */
  const again = new Set<string>()

  async function present(verdict: Verdict): Promise<Verdict> {
    const image_id = verdict.picture.id
    if (!again.has(image_id)) return verdict
    const { revision } = await of(
      api.GET('/api/pictures/{image_id}', { params: { path: { image_id } } }),
    )
    return { ...verdict, picture: { ...verdict.picture, revision } }
  }

  function plan(): void {
    clearTimeout(timer)
    if (waiting.length) timer = setTimeout(() => void flush(), DELAY_MS)
  }

  async function send(): Promise<void> {
    while (waiting.length) {
      const verdicts = waiting.splice(0, MOST)
      try {
        const asked = await Promise.all(verdicts.map(present))
        const ruled = await of(
          api.POST('/api/verdicts', {
            body: {
              verdicts: asked.map(({ picture, decision, reason, block }) => ({
                id: picture.id,
                revision: picture.revision,
                decision,
                reason,
                block: block && decision === 'reject',
              })),
            },
            keepalive: true,
          }),
        )
        const results = verdicts.map((verdict, at): Sent => ({
          ...verdict,
          result: ruled.verdicts[at]?.result ?? 'undecided',
        }))
        const raced = results.filter(
          ({ picture, result }) => result === 'changed' && again.has(picture.id),
        )
        const settled = results.filter((each) => !raced.includes(each))
        for (const { picture } of settled) again.delete(picture.id)
        sent.push(...settled)
        failure.value = undefined
        done(settled)
        waiting.push(...raced)
        if (raced.length) await pause(RACE_MS)
      } catch (error) {
        waiting.unshift(...verdicts)
        failure.value = error
        return
      }
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    sending ??= send().finally(() => (sending = undefined))
    return sending
  }

  return {
    waiting,
    sent,
    failure,
    flush,
    decide(verdict) {
      waiting.push(verdict)
      if (waiting.length >= MOST) void flush()
      else plan()
    },
    undo() {
      const last = waiting.pop()
      plan()
      if (last) return last.picture
      const before = sent.pop()
      if (before?.result === 'done') again.add(before.picture.id)
      return before?.picture
    },
  }
}
