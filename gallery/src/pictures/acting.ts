/** What is done with the pictures of a grid: selecting, downloading, deleting, and the keys for it. */
import { computed, nextTick, provide, type Ref } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import type { Row } from '@/api/client'
import { useHere, useMe } from '@/here'
import { download } from '@/parts/download'
import { useKeys } from '@/parts/keys'
import { complain, say } from '@/parts/toasts'
import { useAway } from '@/trash/away'
import { grow } from '@/viewer/grow'
import { counted, words } from '@/words'
import type Grid from './Grid.vue'
import { NEIGHBOURS, type Neighbours } from './neighbours'
import { wait } from './removal'
import { select, type Selection } from './selection'

export interface Acting {
  selection: Selection
  toTrash: () => void
  downloadAll: () => Promise<void>
  /** To the pictures that are like this one, where pictures are compared. */
  moreLike: (id: string) => unknown
  /** Open the picture in the viewer, the route `name`. */
  open: (name: string, row: Row, tile: HTMLElement) => void
}

export function useActing(
  grid: Readonly<Ref<InstanceType<typeof Grid> | undefined>>,
  list: Pick<Neighbours, 'hide' | 'changed'>,
): Acting {
  const { api } = useHere()
  const { data: me } = useMe()
  const route = useRoute()
  const router = useRouter()
  const selection = select()

  const neighbours = computed<Neighbours>(() => {
    const all = grid.value?.all ?? []
    const places = new Map(all.map(({ row }, place) => [row.id, place]))
    const beside = (id: string, step: 1 | -1): Row | undefined => {
      const place = places.get(id)
      return place === undefined ? undefined : all[place + step]?.row
    }
    return {
      rowOf: (id) => all[places.get(id) ?? -1]?.row,
      before: (id) => beside(id, -1),
      after: (id) => beside(id, 1),
      left: (id) => void nextTick(() => grid.value?.focus(id)),
      ...list,
    }
  })
  provide(NEIGHBOURS, neighbours)
  const away = useAway(neighbours)

  function toTrash(): void {
    const ids = [...selection.ids]
    selection.clear()
    void away.toTrash(ids)
  }

  async function downloadAll(): Promise<void> {
    const ids = [...selection.ids]
    say(words.pictures.downloading(counted(ids.length, 'picture')))
    for (const id of ids)
      try {
        await download(api, id)
        // Browsers drop downloads that begin within the same moment.
        await wait(400)
      } catch (error) {
        return complain(error)
      }
  }

  function moreLike(id: string | undefined): unknown {
    if (!id || !me.value?.embedding) return false
    return router.push({ name: 'search', query: { like: id } })
  }

  useKeys([
    {
      keys: ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'],
      label: words.pictures.keys.move,
      run: () => !focused() && grid.value?.focusFirst(),
    },
    { keys: ['x'], label: words.pictures.keys.select, run: () => false },
    { keys: ['m'], label: words.search.moreLike, run: () => moreLike(focused()) },
    {
      keys: ['Delete'],
      label: words.pictures.keys.delete,
      run: () => selection.active.value && toTrash(),
    },
    {
      keys: ['Escape'],
      label: words.pictures.keys.clear,
      run: () => selection.active.value && selection.clear(),
    },
  ])

  return {
    selection,
    toTrash,
    downloadAll,
    moreLike,
    open(name, row, tile) {
      const to = { name, params: { id: row.id }, query: route.query }
      void grow(tile, () => router.push(to))
    },
  }
}

/** The picture that has the focus; the grid moves it by itself. */
function focused(): string | undefined {
  return document.activeElement?.closest<HTMLElement>('.grid [data-id]')?.dataset.id
}
