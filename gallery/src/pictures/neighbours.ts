/** The list that a picture was opened from, for the viewer's arrows. */
import type { InjectionKey, Ref } from 'vue'
import type { Row } from '@/api/client'

export interface Neighbours {
  rowOf: (id: string) => Row | undefined
  before: (id: string) => Row | undefined
  after: (id: string) => Row | undefined
  /** The viewer closes: the focus goes back to this picture. */
  left: (id: string) => void
  /** Leave pictures out at once, before the list knows; returns how to bring them back. */
  hide: (ids: string[]) => () => void
  /** These pictures have changed: look at them again. */
  changed: (ids: string[]) => void
}

export const NEIGHBOURS: InjectionKey<Ref<Neighbours | undefined>> = Symbol('neighbours')
