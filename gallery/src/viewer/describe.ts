/** What a person writes about a picture: shown at once, taken back if it cannot be kept. */
import { of, type Api, type Picture, type Schemas } from '@/api/client'
import { Problem } from '@/api/problems'

export type Change = Pick<Schemas['Patch'], 'alt_text' | 'focus'>

/** Where the page keeps the picture. */
export interface Shown {
  get: () => Picture
  set: (picture: Picture) => unknown
}

/** Throws a `Problem`; after `changed` the picture as it is now is shown, else the one before. */
export async function describe(api: Api, shown: Shown, change: Change): Promise<void> {
  const before = shown.get()
  shown.set({ ...before, ...change })
  try {
    shown.set(await patched(api, before, change))
  } catch (error) {
    shown.set(before)
    if (!(error instanceof Problem) || error.code !== 'changed') throw error
    const now = await of(
      api.GET('/api/pictures/{image_id}', { params: { path: { image_id: before.id } } }),
    )
    shown.set(now)
    // The pipeline's own steps change the revision as well, and none of what people wrote.
    if (!sameWords(before, now)) throw error
    shown.set(await patched(api, now, change))
  }
}

async function patched(api: Api, seen: Picture, change: Change): Promise<Picture> {
  return of(
    api.PATCH('/api/pictures/{image_id}', {
      params: { path: { image_id: seen.id }, header: { 'if-match': `"${seen.revision}"` } },
      body: change,
    }),
  )
}

/** What its owner wrote: the analysis has words of its own, which may come meanwhile. */
function own({ alt_text, alt_by }: Picture): string | null {
  return alt_by === 'owner' ? alt_text : null
}

function sameWords(a: Picture, b: Picture): boolean {
  return own(a) === own(b) && a.focus?.x === b.focus?.x && a.focus?.y === b.focus?.y
}
