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
  /** What is being sent, and was not taken back. */
  flying: Verdict[]
  /** What was sent, the latest last. */
  sent: Sent[]
  failure: ShallowRef<unknown>
  decide: (verdict: Verdict) => void
  /** Take back the latest verdict, or the latest about a picture: returns the picture, or undefined
   * if there is none. If the verdict was sent already, the next one is about whatever revision the
   * picture has by then. */
  undo: (id?: string) => Held | undefined
  /** Send everything now. */
  flush: () => Promise<void>
}

export const DELAY_MS = 5000
const MOST = 100
/** Bytes of what may be sent while the page closes. Browsers refuse more than 64 KiB at a time. */
const MOST_KEPT_ALIVE = 60_000
/** What a verdict leads to, such as removing renditions, changes its picture for some seconds. */
const RACE_MS = 1000

const wait = (ms: number): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, ms))

export function outbox(api: Api, done: (sent: Sent[]) => void, pause = wait): Outbox {
  const waiting = shallowReactive<Verdict[]>([])
  const flying = shallowReactive<Verdict[]>([])
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
      flying.push(...verdicts)
      try {
        const asked = await Promise.all(verdicts.map(present))
        const body = {
          verdicts: asked.map(({ picture, decision, reason, block }) => ({
            id: picture.id,
            revision: picture.revision,
            decision,
            reason,
            block: block && decision === 'reject',
          })),
        }
        const bytes = new TextEncoder().encode(JSON.stringify(body)).length
        const ruled = await of(
          api.POST('/api/verdicts', { body, keepalive: bytes <= MOST_KEPT_ALIVE }),
        )
        const results = verdicts
          .map((verdict, at): Sent => ({
            ...verdict,
            result: ruled.verdicts[at]?.result ?? 'undecided',
          }))
          .filter((_, at) => flying.includes(verdicts[at]!))
        const raced = results.filter(
          ({ picture, result }) => result === 'changed' && again.has(picture.id),
        )
        const settled = results.filter((each) => !raced.includes(each))
        for (const { picture } of settled) again.delete(picture.id)
        flying.length = 0
        sent.push(...settled)
        failure.value = undefined
        done(settled)
        waiting.push(...raced)
        if (raced.length) await pause(RACE_MS)
      } catch (error) {
        waiting.unshift(...flying)
        failure.value = error
        return
      } finally {
        flying.length = 0
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
    flying,
    sent,
    failure,
    flush,
    decide(verdict) {
      waiting.push(verdict)
      if (waiting.length >= MOST) void flush()
      else plan()
    },
    undo(id) {
      const last = takeLast(waiting, id)
      plan()
      if (last) return last.picture
      // Whether it arrives is not known yet.
      const under = takeLast(flying, id)
      if (under) again.add(under.picture.id)
      if (under) return under.picture
      const before = takeLast(sent, id)
      if (before?.result === 'done') again.add(before.picture.id)
      return before?.picture
    },
  }
}

function takeLast<V extends Verdict>(verdicts: V[], id: string | undefined): V | undefined {
  const place = verdicts.findLastIndex(({ picture }) => id === undefined || picture.id === id)
  return place < 0 ? undefined : verdicts.splice(place, 1)[0]
}
