/** What the viewer may ask the grid under it. A picture that was opened by its address has none. */
import { shallowRef } from 'vue'
import type { Row } from '@/api/client'

export interface Neighbours {
  before?: Row | undefined
  after?: Row | undefined
}

export interface Grid {
  rowOf: (id: string) => Row | undefined
  neighbours: (id: string) => Neighbours
  /** The tile, if it is on the page. */
  tileOf: (id: string) => HTMLElement | undefined
  /** Bring the tile into view and give it the focus. */
  focus: (id: string) => void
  /** Leave pictures out at once, before the API knows of it; returns how to bring them back. */
  hide: (ids: Set<string>) => () => void
  /** Get the list again. */
  refresh: () => unknown
}

/** Set by the grid for as long as it is on the page. */
export const grid = shallowRef<Grid>()

export function rowOf(id: string): Row | undefined {
  return grid.value?.rowOf(id)
}

export function neighbours(id: string): Neighbours {
  return grid.value?.neighbours(id) ?? {}
}
