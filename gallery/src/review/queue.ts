/** The pictures that wait for a verdict, in the order in which this reviewer sees them. */
import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue'
import { of, type Api } from '@/api/client'
import { outbox, type Decision, type Held, type Outbox, type Sent } from './outbox'

/** As many as one request brings; the API has no more than that at a time. */
export const MOST = 100

export interface Queue {
  pictures: ShallowRef<Held[]>
  loaded: ShallowRef<boolean>
  failure: ShallowRef<unknown>
  /** Whether there may be more than the queue shows. */
  more: ComputedRef<boolean>
  box: Outbox
  /** Verdicts a minute, of those of this visit; undefined for fewer than two. */
  pace: () => number | undefined
  load: () => Promise<void>
  decide: (pictures: Held[], decision: Decision, reason: string, block: boolean) => void
  /** Put the picture at the end. */
  skip: (id: string) => void
  /** Bring back the picture decided last, or this one, to the front; returns it. */
  undo: (id?: string) => Held | undefined
}

export function reviewQueue(
  api: Api,
  report: (sent: Sent) => void,
  now: () => number = Date.now,
): Queue {
  const pictures = shallowRef<Held[]>([])
  const loaded = shallowRef(false)
  const failure = shallowRef<unknown>()
  const fetched = shallowRef(0)
  const skipped: string[] = []
  const moments: number[] = []
  const box = outbox(api, (sent) => {
    sent.forEach(report)
    if (sent.some(({ result }) => result === 'changed') || pictures.value.length < MOST / 2)
      void load()
  })

  async function load(): Promise<void> {
    try {
      const found = (await of(api.GET('/api/review', { params: { query: { limit: MOST } } })))
        .pictures
      const decided = new Set([...box.waiting, ...box.flying].map(({ picture }) => picture.id))
      const before = new Map(pictures.value.map((each, place) => [each.id, place]))
      const place = ({ id }: Held): number =>
        skipped.includes(id) ? Infinity : (before.get(id) ?? 1e6)
      // Whoever looks at one picture must not find another in its place.
      pictures.value = found
        .filter(({ id }) => !decided.has(id))
        .toSorted((a, b) => place(a) - place(b) || 0)
      fetched.value = found.length
      failure.value = undefined
      loaded.value = true
    } catch (error) {
      failure.value = error
    }
  }

  return {
    pictures,
    loaded,
    failure,
    more: computed(() => fetched.value >= MOST),
    box,
    load,
    pace() {
      const [first, last] = [moments[0], moments.at(-1)]
      if (first === undefined || last === undefined || last === first) return undefined
      return ((moments.length - 1) * 60_000) / (last - first)
    },
    decide(some, decision, reason, block) {
      const ids = new Set(some.map(({ id }) => id))
      pictures.value = pictures.value.filter(({ id }) => !ids.has(id))
      for (const picture of some) {
        moments.push(now())
        box.decide({ picture, decision, reason, block })
      }
    },
    skip(id) {
      const picture = pictures.value.find((each) => each.id === id)
      if (!picture) return
      skipped.push(id)
      pictures.value = [...pictures.value.filter((each) => each.id !== id), picture]
    },
    undo(id) {
      const picture = box.undo(id)
      if (!picture) return undefined
      moments.pop()
      pictures.value = [picture, ...pictures.value.filter(({ id }) => id !== picture.id)]
      return picture
    },
  }
}

/** Pictures with the same reasons, the largest group first. */
export function byReason(pictures: Held[]): { reason: string; pictures: Held[] }[] {
  const groups = Map.groupBy(pictures, ({ reasons }) =>
    reasons
      .map(({ rule, name }) => name ?? rule)
      .toSorted()
      .join(' + '),
  )
  return [...groups]
    .map(([reason, some]) => ({ reason, pictures: some }))
    .toSorted((a, b) => b.pictures.length - a.pictures.length)
}
