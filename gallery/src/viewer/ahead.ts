/** What the viewer needs, fetched while the pointer or the focus rests on a picture's tile. */
import { useQueryClient, type QueryClient } from '@tanstack/vue-query'
import { onScopeDispose } from 'vue'
import type { Api, Picture } from '@/api/client'
import type { Config } from '@/config'
import { useHere } from '@/here'
import { mayLoadAhead } from '@/parts/online'
import { pictureQuery } from '@/pictures/picture'
import { loadQuietly } from '@/release'
import { addressOf, renditionOf, shapeOf } from './sources'
import { fitted, pixels, WHOLE, type Size } from './zoom'

const REST_MS = 100
/** The bar above the viewer's stage, in pixels. */
const BAR = 56

export interface Ahead {
  /** The tile that is pointed at or has the focus now, if one is. */
  rest: (id: string | undefined) => void
  /** The page moves under the pointer: resting begins anew. */
  moved: () => void
}

/** Fetch ahead what is rested on, one picture at a time: of those rested on meanwhile the last
 * alone comes next, if it is still rested on. */
export function aheadOf(
  fetchAhead: (id: string, still: () => boolean) => Promise<void>,
  allowed: () => boolean,
): Ahead {
  let on: string | undefined
  let next: string | undefined
  let busy = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function wait(): void {
    clearTimeout(timer)
    timer = on === undefined ? undefined : setTimeout(rested, REST_MS)
  }

  async function rested(): Promise<void> {
    timer = undefined
    next = on
    if (busy) return
    busy = true
    while (next !== undefined && allowed()) {
      const id = next
      next = undefined
      await fetchAhead(id, () => on === id && allowed())
    }
    busy = false
  }

  return {
    rest(id) {
      if (id === on) return
      on = id
      next = undefined
      wait()
    },
    moved() {
      if (timer !== undefined) wait()
    },
  }
}

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

/** For a grid, unless people save data, have no network, or select. */
export function useAhead(selecting: () => boolean): Ahead {
  const { api, config } = useHere()
  const world = { api, config, queries: useQueryClient(), load: () => import('./Viewer.vue') }
  const ahead = aheadOf(
    (id, still) => fetchAhead(world, id, still),
    () => mayLoadAhead() && !selecting(),
  )
  onScopeDispose(() => ahead.rest(undefined))
  return ahead
}
