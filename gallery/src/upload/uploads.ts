/** The queue as the tray shows it, connected to the browser and the session. */
import { useQueryClient } from '@tanstack/vue-query'
import {
  computed,
  nextTick,
  onBeforeUnmount,
  shallowRef,
  watch,
  type ComputedRef,
  type ShallowRef,
} from 'vue'
import { useHere, useMe } from '@/here'
import { say } from '@/parts/toasts'
import { counted as countedWord, words } from '@/words'
import { arrived } from './arrived'
import { clock } from './clock'
import { settled, type Chosen, type Entry } from './entry'
import { openTabs, Shelf, type Keep } from './keep'
import { ordered } from './order'
import { Queue } from './queue'
import { send } from './sender'
import { serviceOf } from './service'
import { findIn, mayRead, walk, type Dropped } from './walk'

export interface View {
  entries: Entry[]
  all: number
  /** Of those that count: refused and skipped files do not. */
  files: number
  bytes: number
  sent: number
  uploaded: number
  unfinished: number
  underWay: number
  troubled: number
  retriable: number
  lost: number
  done: number
  offline: boolean
  expired: boolean
}

export interface Uploads {
  view: ShallowRef<View>
  queue: Queue
  paused: ComputedRef<boolean>
  add: (chosen: Chosen[]) => void
  drop: (dropped: Dropped[]) => Promise<void>
  /** Whether the browser can find the interrupted files by itself. */
  canGoOn: ComputedRef<boolean>
  goOn: () => Promise<void>
}

const LOOK_MS = 250
/** What a page adds without freezing. */
const A_SLICE = 500
const TELL_MS = 1000

export function useUploads(): Uploads {
  const { api, session } = useHere()
  const { data: me } = useMe()
  const queries = useQueryClient()

  let looking: ReturnType<typeof setTimeout> | undefined
  let telling: ReturnType<typeof setTimeout> | undefined
  let moved = true

  let opened: (shelf: Shelf) => void
  const shelf = new Promise<Shelf>((resolve) => (opened = resolve))
  const keep: Keep = { write: async (kept, gone) => (await shelf).write(kept, gone) }

  const queue = new Queue({
    service: serviceOf(api),
    send,
    digest,
    clock,
    keep,
    random: Math.random,
    newKey: () => crypto.randomUUID(),
    expired: () => session.state.value === 'expired',
    changed(entry, before) {
      if (entry.state !== before || !queue.entries.has(entry.key)) moved = true
      if (before && entry.state !== before) tell(entry)
      looking ??= setTimeout(look, LOOK_MS)
    },
  })
  const view = shallowRef<View>(viewOf([]))

  function viewOf(entries: Entry[]): View {
    const { totals } = queue
    const unfinished = totals.count('waiting', 'signing', 'sending')
    const troubled = totals.count('refused', 'failed', 'unsent', 'tomorrow', 'rejected')
    const done = totals.count('ready', 'held', 'twice', 'deleted')
    return {
      entries,
      all: queue.entries.size,
      files: totals.files,
      bytes: totals.bytes,
      sent: totals.sent,
      uploaded: totals.files - unfinished - totals.count('unsent', 'tomorrow', 'failed'),
      unfinished,
      underWay: totals.count('sent', 'received', 'processing'),
      troubled,
      retriable: totals.count('unsent', 'tomorrow'),
      lost: totals.count('lost'),
      done: done + totals.count('refused', 'failed', 'rejected'),
      offline: !navigator.onLine,
      expired: session.state.value === 'expired',
    }
  }

  function look(): void {
    looking = undefined
    view.value = viewOf(moved ? ordered(queue.entries.values()) : view.value.entries)
    moved = false
  }

  function tell({ id, state }: Entry): void {
    if (!id || !settled(state)) return
    if (state === 'ready' || state === 'held' || state === 'rejected' || state === 'failed') {
      arrived.set(id, state)
    }
    telling ??= setTimeout(() => {
      telling = undefined
      void queries.invalidateQueries({ queryKey: ['pictures'] })
      void queries.invalidateQueries({ queryKey: ['me'] })
    }, TELL_MS)
  }

  async function addInSlices(chosen: Chosen[]): Promise<void> {
    for (let start = 0; start < chosen.length; start += A_SLICE) {
      queue.add(chosen.slice(start, start + A_SLICE))
      await clock.wait(0)
    }
  }

  async function openShelf(owner: string): Promise<void> {
    const found = await Shelf.open(owner, await openTabs(navigator.locks))
    opened(found)
    await queue.restore(await found.inherit())
    await found.tidy()
  }
  const stopWaiting = watch(
    () => me.value?.id,
    (owner) => {
      if (!owner) return
      // Without a store, as in some private windows, nothing outlives the page.
      void openShelf(owner).catch(() => undefined)
      void nextTick(() => stopWaiting())
    },
    { immediate: true },
  )

  function goOnline(): void {
    if (navigator.onLine) queue.release('offline')
    else queue.hold('offline')
    look()
  }
  watch(
    session.state,
    (state) => {
      if (state === 'expired') queue.hold('expired')
      else queue.release('expired')
      look()
    },
    { immediate: true },
  )

  const hide = (): void => queue.hide(document.hidden)
  const leave = (): void => void queue.keepNow()
  const warn = (event: BeforeUnloadEvent): void => {
    if (queue.totals.count('waiting', 'signing', 'sending')) event.preventDefault()
  }
  goOnline()
  hide()
  addEventListener('online', goOnline)
  addEventListener('offline', goOnline)
  addEventListener('pagehide', leave)
  addEventListener('beforeunload', warn)
  document.addEventListener('visibilitychange', hide)
  onBeforeUnmount(() => {
    removeEventListener('online', goOnline)
    removeEventListener('offline', goOnline)
    removeEventListener('pagehide', leave)
    removeEventListener('beforeunload', warn)
    document.removeEventListener('visibilitychange', hide)
    clearTimeout(looking)
    clearTimeout(telling)
  })

  return {
    view,
    queue,
    paused: computed(() => me.value?.paused ?? false),
    add: (chosen) => void addInSlices(chosen),
    async drop(dropped) {
      const unreadable: string[] = []
      for await (const chosen of walk(dropped, (name) => unreadable.push(name)))
        await addInSlices(chosen)
      if (unreadable.length) {
        const count = countedWord(unreadable.length, 'file')
        say(words.upload.unreadable(count, unreadable[0] ?? ''))
      }
    },
    canGoOn: computed(() =>
      view.value.entries.some((entry) => entry.state === 'lost' && entry.root !== undefined),
    ),
    async goOn() {
      const lost = [...queue.entries.values()].filter((entry) => entry.state === 'lost')
      const allowed = new Map<FileSystemHandle, boolean>()
      let missing = 0
      for (const { root, folder, name } of lost) {
        if (!root) continue
        if (!allowed.has(root)) allowed.set(root, await mayRead(root).catch(() => false))
        const file = allowed.get(root) ? await findIn(root, folder, name) : undefined
        if (file) queue.add([{ file, folder, root }])
        else missing++
      }
      if (missing) say(words.upload.gone(countedWord(missing, 'file')))
    },
  }
}

async function digest(bytes: Blob): Promise<string> {
  const sum = await crypto.subtle.digest('SHA-256', await bytes.arrayBuffer())
  return Array.from(new Uint8Array(sum), (each) => each.toString(16).padStart(2, '0')).join('')
}
