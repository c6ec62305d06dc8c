/** What removal and restoring lead to: the catalog follows S3 within seconds. */
import { of, type Api, type Schemas, type Status } from '@/api/client'
import { isUnderWay } from '@/parts/progress'
import { each, patiently, wait, type Outcome } from '@/pictures/removal'

export type Receipt = Schemas['Receipt']

const POLLS_MS = [1000, 1000, 2000, 4000, 4000, 8000, 10_000, 10_000, 10_000, 10_000]
const IDS = 100

/** Delete for good what is in the trash. */
export async function purge(
  api: Api,
  ids: string[],
  pause = wait,
): Promise<Outcome & { receipts: Receipt[] }> {
  const receipts: Receipt[] = []
  const outcome = await each(ids, async (image_id) => {
    const params = { path: { image_id } }
    receipts.push(
      await patiently(() => of(api.DELETE('/api/pictures/{image_id}/versions', { params })), pause),
    )
  })
  return { ...outcome, receipts }
}

/** Wait until the catalog shows all of them in the trash, or none; about a minute at most. */
export function settled(
  api: Api,
  ids: string[],
  where: 'in the trash' | 'out of it',
  pause = wait,
): Promise<void> {
  return until(api, ids, (status) => (status === 'deleted') === (where === 'in the trash'), pause)
}

/** Wait until all of them are back from the trash and processed; about a minute at most. */
export function processed(api: Api, ids: string[], pause = wait): Promise<void> {
  const back = (status: Status | 'awaited'): boolean =>
    status !== 'deleted' && status !== 'awaited' && !isUnderWay(status)
  return until(api, ids, back, pause)
}

async function until(
  api: Api,
  ids: string[],
  reached: (status: Status | 'awaited') => boolean,
  pause: typeof wait,
): Promise<void> {
  let left = ids
  for (const ms of POLLS_MS) {
    if (!left.length) return
    await pause(ms)
    const states = await statesOf(api, left)
    left = left.filter((id) => {
      const status = states.get(id)
      return !status || !reached(status)
    })
  }
}

/** Those that can be found out: the next poll asks for the others again. */
async function statesOf(api: Api, ids: string[]): Promise<Map<string, Status | 'awaited'>> {
  const found = new Map<string, Status | 'awaited'>()
  for (let at = 0; at < ids.length; at += IDS)
    try {
      const query = { ids: ids.slice(at, at + IDS).join(',') }
      const { pictures } = await of(api.GET('/api/status', { params: { query } }))
      for (const { id, status } of pictures) found.set(id, status)
    } catch {
      return found
    }
  return found
}
