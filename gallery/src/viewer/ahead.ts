/** What the viewer needs, fetched while the pointer or the focus rests on a picture's tile. */
import type { QueryClient } from '@tanstack/vue-query'
import type { Api, Picture } from '@/api/client'
import type { Config } from '@/config'
import { pictureQuery } from '@/pictures/picture'
import { loadQuietly } from '@/release'
import { addressOf, renditionOf, shapeOf } from './sources'
import { fitted, pixels, WHOLE, type Size } from './zoom'

/** The bar above the viewer's stage, in pixels. */
const BAR = 56

interface World {
  api: Api
  config: Config
  queries: QueryClient
  /** Load the viewer's code. */
  load: () => Promise<unknown>
}

/** Fetch the viewer's code and what it asks first about a picture, then the file that it shows
 * first. Whatever fails is asked for again, and told, by the viewer. */
export async function fetchAhead(
  { api, config, queries, load }: World,
  id: string,
  still: () => boolean,
): Promise<void> {
  const query = pictureQuery(api, id)
  await Promise.all([loadQuietly(load), queries.prefetchQuery({ ...query, retry: false })])
  const picture = queries.getQueryData<Picture>(query.queryKey)
  if (!picture || !still()) return
  const room = { width: innerWidth, height: innerHeight - BAR }
  const file = madeAhead(config, picture, room)
  if (file) await loaded(imageAhead(file))
}

/** The file that shows the picture first in a stage of this size. None if it is a size that would be
 * made on demand: making it costs money, which pointing alone may not spend. */
export function madeAhead(config: Config, picture: Picture, room: Size): string | undefined {
  const [address, shape] = [addressOf(picture), shapeOf(picture, undefined)]
  if (!address || !shape) return undefined
  const name = renditionOf(config, picture, pixels(WHOLE, fitted(shape, room), devicePixelRatio))
  return name && name in picture.renditions ? address + name : undefined
}

/** Load a file before it is shown, after all that is shown already. */
export function imageAhead(file: string): HTMLImageElement {
  const image = new Image()
  image.fetchPriority = 'low'
  image.src = file
  return image
}

function loaded(image: HTMLImageElement): Promise<unknown> {
  return new Promise((done) => (image.onload = image.onerror = done))
}
