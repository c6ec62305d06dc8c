/** What became of the pictures that this tab has uploaded, for the views that list pictures. */
import { shallowReactive } from 'vue'
import type { Status } from '@/api/client'

/** The state in which each picture's way through the pipeline ended, by id. */
export const arrived = shallowReactive(
  new Map<string, Exclude<Status, 'received' | 'processing'>>(),
)
