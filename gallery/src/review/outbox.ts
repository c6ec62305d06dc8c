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
  /** Take back the latest verdict: its picture, or undefined if there is none. A picture whose
   * verdict was sent already has the revision that the verdict made. */
  undo: () => Held | undefined
  /** Send everything now. */
  flush: () => Promise<void>
}

export const DELAY_MS = 5000
const MOST = 100

export function outbox(api: Api, done: (sent: Sent[]) => void): Outbox {
  const waiting = shallowReactive<Verdict[]>([])
  const sent = shallowReactive<Sent[]>([])
  const failure = shallowRef<unknown>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let sending: Promise<void> | undefined

  function plan(): void {
    clearTimeout(timer)
    if (waiting.length) timer = setTimeout(() => void flush(), DELAY_MS)
  }

  async function send(): Promise<void> {
    while (waiting.length) {
      const verdicts = waiting.splice(0, MOST)
      try {
        const ruled = await of(
          api.POST('/api/verdicts', {
            body: {
              verdicts: verdicts.map(({ picture, decision, reason, block }) => ({
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
        const results = verdicts.map((verdict, at): Sent => {
          const ruling = ruled.verdicts[at]
          const revision = ruling?.revision ?? verdict.picture.revision
          return {
            ...verdict,
            picture: { ...verdict.picture, revision },
            result: ruling?.result ?? 'undecided',
          }
        })
        sent.push(...results)
        failure.value = undefined
        done(results)
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
      const last = waiting.pop() ?? sent.pop()
      plan()
      return last?.picture
    },
  }
}
