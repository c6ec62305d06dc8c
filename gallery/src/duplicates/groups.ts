/** Groups of pictures that look the same, and what their owner makes of them. */
import { of, type Api, type Schemas } from '@/api/client'

export type Group = Schemas['DuplicateGroup']
export type Duplicate = Schemas['Duplicate']

/** What a group is known by, for as long as the same pictures are in it. */
export function keyOf({ pictures }: Group): string {
  return pictures
    .map(({ id }) => id)
    .sort()
    .join(' ')
}

/** The one to keep: the chosen one if it is still in the group, else the best. */
export function keptOf({ best, pictures }: Group, chosen: string | undefined): string {
  return pictures.some(({ id }) => id === chosen) ? chosen! : best
}

/** The others. */
export function copiesOf({ pictures }: Group, kept: string): string[] {
  return pictures.map(({ id }) => id).filter((id) => id !== kept)
}

/** Move the copies to the trash; returns those that went. */
export async function merge(api: Api, keep: string, remove: string[]): Promise<string[]> {
  const merged = await of(api.POST('/api/duplicates/merge', { body: { keep, remove } }))
  return merged.removed
}

/** Keep all of the group, or change that back. */
export async function keepAll(api: Api, { pictures }: Group, distinct: boolean): Promise<void> {
  const ids = pictures.map(({ id }) => id)
  await of(api.POST('/api/duplicates/distinct', { body: { ids, distinct } }))
}
