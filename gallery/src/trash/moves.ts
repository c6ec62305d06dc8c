/** Into the trash, back, and away for good. S3 does it at once; the catalog follows in seconds. */
import PQueue from 'p-queue'
import { of, type Api, type Schemas, type Status } from '@/api/client'
import { Problem } from '@/api/problems'

export type Receipt = Schemas['Receipt']

/** What became of each; `done` has those without a failure, with what the API responded. */
export interface Outcome<T> {
  done: Map<string, T>
  failed: Map<string, unknown>
}

const AT_ONCE = 6
const RETRIES_MS = [500, 1000, 2000, 4000, 4000]
const POLLS_MS = [1000, 1000, 2000, 4000, 4000, 8000, 10_000, 10_000, 10_000, 10_000]
const IDS = 100

export type Wait = (ms: number) => Promise<unknown>
const wait: Wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

export function moves(api: Api, pause: Wait = wait) {
  const path = (image_id: string) => ({ params: { path: { image_id } } })

  /** A picture whose last move is still under way conflicts for a few seconds. */
  async function patiently<T>(send: () => Promise<T>): Promise<T> {
    for (const ms of RETRIES_MS) {
      try {
        return await send()
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        if (!error.passing && error.code !== 'conflict') throw error
        if (error.code === 'network') throw error
      }
      await pause(ms)
    }
    return send()
  }

  async function each<T>(ids: string[], send: (id: string) => Promise<T>): Promise<Outcome<T>> {
    const queue = new PQueue({ concurrency: AT_ONCE })
    const [done, failed] = [new Map<string, T>(), new Map<string, unknown>()]
    await queue.addAll(
      ids.map((id) => async () => {
        try {
          done.set(id, await patiently(() => send(id)))
        } catch (error) {
          failed.set(id, error)
        }
      }),
    )
    return { done, failed }
  }

  /** Wait until the catalog shows all of them as wanted, for about a minute at most. */
  async function settle(ids: string[], wanted: (status: Status | 'awaited') => boolean) {
    let left = ids
    for (const ms of POLLS_MS) {
      if (!left.length) return
      await pause(ms)
      const still: string[] = []
      for (let at = 0; at < left.length; at += IDS) {
        const some = left.slice(at, at + IDS)
        try {
          const query = { ids: some.join(',') }
          const states = await of(api.GET('/api/status', { params: { query } }))
          const found = new Map(states.pictures.map(({ id, status }) => [id, status]))
          still.push(...some.filter((id) => !wanted(found.get(id) ?? 'awaited')))
        } catch {
          still.push(...some)
        }
      }
      left = still
    }
  }

  return {
    remove: (ids: string[]) =>
      each(ids, (id) => of(api.DELETE('/api/pictures/{image_id}', path(id)))),
    restore: (ids: string[]) =>
      each(ids, (id) => of(api.POST('/api/pictures/{image_id}/restore', path(id)))),
    purge: (ids: string[]): Promise<Outcome<Receipt>> =>
      each(ids, (id) => of(api.DELETE('/api/pictures/{image_id}/versions', path(id)))),
    removed: (ids: string[]) => settle(ids, (status) => status === 'deleted'),
    restored: (ids: string[]) => settle(ids, (status) => status !== 'deleted'),
  }
}

export type Moves = ReturnType<typeof moves>
