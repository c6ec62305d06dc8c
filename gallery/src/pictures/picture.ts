/** One picture with all that is known of it. */
import { of, type Api } from '@/api/client'

/** What was asked for ahead is not asked for again by the view that it was asked for. */
const FRESH_MS = 10_000

export function pictureQuery(api: Api, id: string) {
  return {
    queryKey: ['picture', id],
    queryFn: () => of(api.GET('/api/pictures/{image_id}', { params: { path: { image_id: id } } })),
    staleTime: FRESH_MS,
  }
}
