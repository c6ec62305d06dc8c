/** One file on its way, from choosing it to what became of its picture. */
import type { Schemas, Status } from '@/api/client'

export type NewFile = Schemas['NewFile']
export type Signed = Schemas['SignedRequest']

/** `unsent`: given up, may be retried. `tomorrow`: the day's quota is used up. `twice`: the same
 * bytes were chosen before. `lost`: begun before the page was loaded, and needs its file again. */
export type State =
  | 'waiting'
  | 'signing'
  | 'sending'
  | 'sent'
  | Exclude<Status, 'awaited'>
  | 'refused'
  | 'unsent'
  | 'tomorrow'
  | 'twice'
  | 'lost'

/** Why something is as it is; the words are in `words/en/upload.ts`. */
export type Cause =
  | 'empty'
  | 'not_a_picture'
  | 'too_big'
  | 'bad_name'
  | 'unreadable'
  | 'same_bytes'
  | 'quota'
  | 'network'
  | 'stalled'
  | 'busy'
  | 'denied'
  | 'damaged'
  | 'storage'
  | 'forbidden'
  | 'interrupted'
  | 'slow'
  | 'other'

export interface Reason {
  cause: Cause
  /** What somebody else said about it, or the value in question. */
  detail?: string
}

/** A file that somebody chose. `folder` ends with a slash, or is empty. */
export interface Chosen {
  file: File
  folder: string
  /** The file or folder it was dropped as, for going on after a reload. */
  root?: FileSystemHandle
}

export interface Entry {
  readonly key: string
  readonly name: string
  readonly folder: string
  readonly bytes: number
  readonly modified: number
  readonly type: string
  file: File | undefined
  root: FileSystemHandle | undefined
  state: State
  /** Bytes on the other side; all of them only once the store has responded. */
  sent: number
  reason: Reason | undefined
  /** The picture's id, once the API has given one. */
  id: string | undefined
  /** What the person has of the same file already. */
  same: Schemas['SameFile'] | undefined
  signed: Signed | undefined
  signedAt: number
  /** Of an upload in parts. */
  partBytes: number | undefined
  /** Whether some parts may have arrived. */
  partly: boolean
  /** Whether the last request, which makes a picture of the bytes, has been sent. */
  tried: boolean
  /** In a row, without anything arriving. */
  faults: number
  /** Upload it though the same bytes were chosen before. */
  anyway: boolean
  stop: AbortController | undefined
}

const GROUPS: Record<State, number> = {
  refused: 0,
  failed: 0,
  unsent: 0,
  tomorrow: 0,
  lost: 0,
  rejected: 0,
  sending: 1,
  signing: 2,
  processing: 3,
  received: 4,
  sent: 5,
  waiting: 6,
  twice: 7,
  held: 8,
  ready: 9,
  deleted: 9,
}

export const GROUP_COUNT = 10

/** Where a state's files are in the list: what needs the person first, what is done last. */
export function groupOf(state: State): number {
  return GROUPS[state]
}

const UNFINISHED = new Set<State>(['waiting', 'signing', 'sending'])
const UNDER_WAY = new Set<State>(['sent', 'received', 'processing'])
const DONE = new Set<State>(['ready', 'held', 'rejected', 'failed', 'deleted'])
const RETRIABLE = new Set<State>(['unsent', 'tomorrow'])
const UNCOUNTED = new Set<State>(['refused', 'twice', 'lost'])

/** Leaving the page would interrupt it. */
export const unfinished = (state: State): boolean => UNFINISHED.has(state)
/** The bytes have arrived, and the pipeline is at work. */
export const underWay = (state: State): boolean => UNDER_WAY.has(state)
/** The store has the bytes. */
export const arrived = (state: State): boolean => UNDER_WAY.has(state) || DONE.has(state)
/** May be tried again. */
export const retriable = (state: State): boolean => RETRIABLE.has(state)
/** Its bytes are part of the progress. */
export const counted = (state: State): boolean => !UNCOUNTED.has(state)
/** Nothing more will happen to it by itself or by a retry. */
export const settled = (state: State): boolean =>
  !unfinished(state) && !underWay(state) && !retriable(state) && state !== 'lost'
