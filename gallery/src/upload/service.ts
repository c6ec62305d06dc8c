/** The API as uploads need it. */
import { of, type Api, type Schemas } from '@/api/client'
import type { NewFile, Signed } from './entry'

export type Begun = Schemas['Upload']
export type PictureState = Schemas['State']

export interface Room {
  pictures: number
  bytes: number
}

/** Every call throws a `Problem` if it fails. */
export interface Service {
  begin(files: NewFile[]): Promise<Begun[]>
  part(id: string, part: Schemas['SignPart']): Promise<Signed>
  /** The numbers of the parts that have arrived. */
  parts(id: string): Promise<number[]>
  complete(id: string): Promise<unknown>
  abort(id: string): Promise<unknown>
  /** At most 100. */
  states(ids: string[]): Promise<PictureState[]>
  /** What is left of the day's quota. */
  room(): Promise<Room>
}

export function serviceOf(api: Api): Service {
  const at = (id: string) => ({ params: { path: { image_id: id } } })
  return {
    begin: async (files) => (await of(api.POST('/api/uploads', { body: { files } }))).uploads,
    part: (id, body) => of(api.POST('/api/uploads/{image_id}/parts', { ...at(id), body })),
    parts: async (id) => (await of(api.GET('/api/uploads/{image_id}/parts', at(id)))).arrived,
    complete: (id) => of(api.POST('/api/uploads/{image_id}/complete', at(id))),
    abort: (id) => of(api.POST('/api/uploads/{image_id}/abort', at(id))),
    states: async (ids) =>
      (await of(api.GET('/api/status', { params: { query: { ids: ids.join() } } }))).pictures,
    room: async () => {
      const { limits, used } = await of(api.GET('/api/me'))
      return { pictures: limits.pictures - used.pictures, bytes: limits.bytes - used.bytes }
    },
  }
}
