/** Pictures in an order of their own, without days, and what is done with them. */
import { computed, shallowReactive, type ComputedRef, type Ref } from 'vue'
import type { Row } from '@/api/client'
import { useActing, type Acting } from './acting'
import type { Day, Listed } from './days'
import type Grid from './Grid.vue'

/** The one day that all of them have in common. */
const ALL = 'all'

export interface Found {
  data: Readonly<Ref<{ pictures: Row[] } | undefined>>
  error: Readonly<Ref<Error | null>>
  isPending: Readonly<Ref<boolean>>
  refetch: () => unknown
}

export interface Ranked extends Acting {
  /** What was found and is not on its way to the trash. */
  rows: ComputedRef<Row[]>
  list: Listed
}

/** For a grid with `ranked`. */
export function useRanked(
  grid: Readonly<Ref<InstanceType<typeof Grid> | undefined>>,
  { data, isPending, refetch }: Found,
): Ranked {
  const hidden = shallowReactive(new Set<string>())
  const rows = computed(() => (data.value?.pictures ?? []).filter(({ id }) => !hidden.has(id)))
  const list: Listed = {
    days: computed<Day[]>(() =>
      rows.value.length ? [{ date: ALL, pictures: rows.value.length, states: {} }] : [],
    ),
    complete: computed(() => !isPending.value),
    rows: () => rows.value,
    want: () => undefined,
  }
  const acting = useActing(grid, {
    hide(ids) {
      for (const id of ids) hidden.add(id)
      return () => {
        for (const id of ids) hidden.delete(id)
      }
    },
    changed: () => void refetch(),
  })
  return { rows, list, ...acting }
}
