/** Moving pictures to the trash and back, many at a time. */
import PQueue from 'p-queue'
import { of, type Api } from '@/api/client'
import { Problem } from '@/api/problems'

const AT_ONCE = 6
const RESTORE_TRIES = 8

/** What became of a request for each of many pictures. */
export interface Outcome {
  done: string[]
  failed: string[]
  problem?: unknown
}

export function remove(api: Api, ids: string[]): Promise<Outcome> {
  return each(ids, (image_id) =>
    of(api.DELETE('/api/pictures/{image_id}', { params: { path: { image_id } } })),
  )
}

/** A deletion is known a moment after it was accepted, so an early refusal is not the last word. */
export function restore(api: Api, ids: string[], pause = wait): Promise<Outcome> {
  return each(ids, async (image_id) => {
    for (let attempt = 1; ; attempt++)
      try {
        return await of(
          api.POST('/api/pictures/{image_id}/restore', { params: { path: { image_id } } }),
        )
      } catch (error) {
        const early = error instanceof Problem && error.code === 'conflict'
        if (!early || attempt === RESTORE_TRIES) throw error
        await pause(250 * attempt)
      }
  })
}

async function each(ids: string[], act: (id: string) => Promise<unknown>): Promise<Outcome> {
  const queue = new PQueue({ concurrency: AT_ONCE })
  const outcome: Outcome = { done: [], failed: [] }
  await Promise.all(
    ids.map((id) =>
      queue.add(async () => {
        try {
          await act(id)
          outcome.done.push(id)
        } catch (error) {
          outcome.failed.push(id)
          outcome.problem ??= error
        }
      }),
    ),
  )
  return outcome
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds))
}
