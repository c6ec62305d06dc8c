/** Every file from choosing it to what became of its picture. Knows no browser but its files. */
import PQueue from 'p-queue'
import { Problem } from '@/api/problems'
import type { Clock } from './clock'
import {
  arrived,
  settled,
  underWay,
  unfinished,
  retriable,
  type Chosen,
  type Entry,
  type NewFile,
  type Reason,
  type State,
} from './entry'
import { Fault, faultOf, refusalOf } from './faults'
import { nameOf, refusalOf as fileRefusalOf, typeOf } from './files'
import { Gate } from './gate'
import type { Keep, Kept } from './keep'
import { Poller } from './poller'
import { sendWatched, type Send } from './sender'
import type { Begun, PictureState, Room, Service } from './service'
import { Totals } from './totals'

export interface Outside {
  service: Service
  send: Send
  /** SHA-256 in hexadecimal digits. */
  digest: (bytes: Blob) => Promise<string>
  clock: Clock
  keep: Keep
  /** 0 to 1. */
  random: () => number
  newKey: () => string
  /** Whether nobody is signed in. */
  expired: () => boolean
  /** After each change; cheap, as it comes with every bit of progress. */
  changed: (entry: Entry, before: State | undefined) => void
}

/** The API's: larger files go in parts. */
const LARGEST_PUT = 20_000_000
const A_BATCH = 50
/** What one batch has at most, so that its last file is sent while the signature is good. */
const BATCH_BYTES = 64_000_000
const FILES_AT_ONCE = 4
const PARTS_AT_ONCE = 2
/** Signatures are good for 15 minutes. */
const SIGNED_MS = 14 * 60_000
const MOST_FAULTS = 6
const FIRST_PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 30_000
const KEEP_MS = 500
/** So that the page does not freeze over thousands. */
const KEPT_AT_ONCE = 500
const STATES_AT_ONCE = 100
const DAY_MS = 86_400_000
const SLOW_MS = 10 * 60_000

interface Hashed {
  entry: Entry
  sha256: string | undefined
}

export class Queue {
  readonly entries = new Map<string, Entry>()
  readonly totals = new Totals()
  private readonly gate = new Gate<'offline' | 'expired'>()
  private readonly hidden = new Gate<'hidden'>()
  private readonly sending = new PQueue({ concurrency: FILES_AT_ONCE })
  private readonly poller: Poller
  private readonly line = new Set<Entry>()
  private readonly byId = new Map<string, Entry>()
  private readonly lost = new Map<string, Entry>()
  /** What arrived before this page was loaded. */
  private readonly known = new Map<string, Entry>()
  private readonly firsts = new Map<string, string>()
  private readonly unkept = new Set<Entry>()
  private readonly done = new Set<string>()
  private keeping = false
  private feeding = false
  private room: Room | undefined
  private midnight: Promise<void> | undefined

  constructor(private readonly outside: Outside) {
    this.poller = new Poller(
      outside.service,
      outside.clock,
      async () => {
        await this.hidden.pass()
        await this.gate.pass()
      },
      (state) => this.learn(state),
      (error) => this.holdIfExpired(faultOf(error)),
    )
  }

  /** Returns how many of these go on with what was interrupted. */
  add(chosen: Iterable<Chosen>): number {
    let resumed = 0
    for (const { file, folder, root } of chosen) {
      const print = fingerprint(file.name, file.size, file.lastModified)
      const known = this.known.get(print)
      if (known) {
        this.update(known, { file })
        continue
      }
      const found = this.lost.get(print)
      if (found) {
        resumed++
        this.update(found, { file, root })
        this.enqueue(found)
        continue
      }
      const entry: Entry = {
        ...blank(this.outside.newKey()),
        name: file.name,
        folder,
        bytes: file.size,
        modified: file.lastModified,
        type: typeOf(file),
        file,
        root,
      }
      const refusal = fileRefusalOf(file)
      if (refusal) Object.assign(entry, { state: 'refused', reason: refusal })
      this.put(entry)
      if (!refusal) this.enqueue(entry)
    }
    return resumed
  }

  /** Take up what closed tabs have left. */
  async restore(kept: Kept[]): Promise<void> {
    const unsure: string[] = []
    for (const each of kept) {
      const entry: Entry = {
        ...blank(each.key),
        name: each.name,
        folder: each.folder,
        bytes: each.bytes,
        modified: each.modified,
        type: each.type,
        root: each.root,
        state: each.sent ? 'sent' : 'lost',
        sent: each.sent ? each.bytes : 0,
        id: each.id,
        partBytes: each.partBytes,
        partly: true,
        tried: each.tried,
        signedAt: this.outside.clock.now(),
      }
      this.put(entry)
      if (each.sent) this.known.set(printOf(entry), entry)
      if (entry.id && each.sent) this.poller.watch(entry.id)
      else if (entry.id && each.tried) unsure.push(entry.id)
    }
    for (let start = 0; start < unsure.length; start += STATES_AT_ONCE) {
      const ids = unsure.slice(start, start + STATES_AT_ONCE)
      for (const { id, status } of await this.patiently(() => this.outside.service.states(ids))) {
        const entry = this.byId.get(id)
        if (entry?.state === 'lost' && status !== 'awaited') {
          this.known.set(printOf(entry), entry)
          this.arrive(entry)
        }
      }
    }
  }

  retry(entry: Entry): void {
    if (!retriable(entry.state)) return
    this.room = undefined
    entry.faults = 0
    this.enqueue(entry)
  }

  retryAll(): void {
    for (const entry of this.entries.values()) this.retry(entry)
  }

  uploadAnyway(entry: Entry): void {
    if (entry.state !== 'twice') return
    entry.anyway = true
    this.enqueue(entry)
  }

  /** Stop it if it is still on its way, and forget it. */
  remove(entry: Entry): void {
    this.line.delete(entry)
    entry.stop?.abort()
    const begun = entry.partBytes && !underWay(entry.state) && !settled(entry.state)
    if (entry.id && begun) {
      // The store removes the parts by itself if this fails.
      this.outside.service.abort(entry.id).catch(() => undefined)
    }
    this.drop(entry)
  }

  /** Cancel what has not arrived. */
  cancelAll(): void {
    for (const entry of [...this.entries.values()]) {
      if (unfinished(entry.state) || retriable(entry.state)) this.remove(entry)
    }
  }

  forgetLost(): void {
    for (const entry of [...this.lost.values()]) this.remove(entry)
  }

  removeSettled(): void {
    for (const entry of [...this.entries.values()]) if (settled(entry.state)) this.drop(entry)
  }

  hold(reason: 'offline' | 'expired'): void {
    this.gate.hold(reason)
  }

  release(reason: 'offline' | 'expired'): void {
    this.gate.release(reason)
  }

  /** Nobody looks: ask for no states. */
  hide(hidden: boolean): void {
    if (hidden) this.hidden.hold('hidden')
    else this.hidden.release('hidden')
  }

  // How files get ready to be sent.

  private enqueue(entry: Entry): void {
    this.update(entry, { state: 'waiting', reason: undefined, sent: 0 })
    this.line.add(entry)
    if (!this.feeding) void this.feed()
  }

  private async feed(): Promise<void> {
    this.feeding = true
    try {
      // Files that were chosen together come in one batch.
      await Promise.resolve()
      while (this.line.size) {
        await this.gate.pass()
        await this.sending.onSizeLessThan(FILES_AT_ONCE)
        await this.prepare(this.take())
      }
    } finally {
      this.feeding = false
    }
  }

  private take(): Entry[] {
    const batch: Entry[] = []
    let bytes = 0
    for (const entry of this.line) {
      if (batch.length === A_BATCH || (batch.length && bytes + entry.bytes > BATCH_BYTES)) break
      this.line.delete(entry)
      if (this.room && !fits(entry, this.room)) {
        this.postpone(entry)
        continue
      }
      batch.push(entry)
      bytes += entry.bytes
    }
    return batch
  }

  private async prepare(batch: Entry[]): Promise<void> {
    for (const entry of batch) this.update(entry, { state: 'signing', stop: new AbortController() })
    const there = await this.arrivedOf(batch)
    const hashed: Hashed[] = []
    for (const entry of batch) {
      if (!this.isSigning(entry)) continue
      if (entry.id && there.has(entry.id)) this.arrive(entry)
      else if (entry.id && entry.partBytes) this.begin(entry)
      else {
        const each = await this.hash(entry)
        if (each) hashed.push(each)
      }
    }
    await this.sign(hashed)
  }

  /** The ids of those whose last request seemed to fail, and that have arrived nevertheless. */
  private async arrivedOf(batch: Entry[]): Promise<Set<string>> {
    const ids = batch.flatMap((entry) => (entry.tried && entry.id ? [entry.id] : []))
    if (!ids.length) return new Set()
    try {
      const states = await this.patiently(() => this.outside.service.states(ids))
      return new Set(states.filter((each) => each.status !== 'awaited').map((each) => each.id))
    } catch (error) {
      for (const entry of batch) if (entry.tried && entry.id) this.giveUp(entry, faultOf(error))
      return new Set()
    }
  }

  private async hash(entry: Entry): Promise<Hashed | undefined> {
    let sha256
    try {
      if (entry.bytes <= LARGEST_PUT) sha256 = await this.outside.digest(fileOf(entry))
    } catch (error) {
      this.giveUp(entry, faultOf(error))
      return undefined
    }
    if (!this.isSigning(entry)) return undefined
    // Hashing a large file whole would mean to read it twice.
    const print = sha256 ?? fingerprint(entry.name, entry.bytes, entry.modified)
    const first = this.firsts.get(print)
    if (first && first !== entry.key && this.entries.has(first) && !entry.anyway) {
      const reason: Reason = { cause: 'same_bytes', detail: this.entries.get(first)!.name }
      this.update(entry, { state: 'twice', reason })
      return undefined
    }
    this.firsts.set(print, entry.key)
    return { entry, sha256 }
  }

  private async sign(hashed: Hashed[], again = 0): Promise<void> {
    const files = hashed.filter(({ entry }) => this.isSigning(entry))
    if (!files.length) return
    let begun: Begun[]
    try {
      begun = await this.patiently(() => this.outside.service.begin(files.map(newFile)))
    } catch (error) {
      if (error instanceof Problem && error.code === 'too_many') {
        return this.signWhatFits(files, again)
      }
      // One that breaks a rule must not take the others along.
      if (error instanceof Problem && error.code === 'invalid' && files.length > 1) {
        for (const each of files) await this.sign([each])
        return
      }
      for (const { entry } of files) this.giveUp(entry, faultOf(error))
      return
    }
    files.forEach(({ entry }, place) => this.start(entry, begun[place] ?? {}))
  }

  private async signWhatFits(files: Hashed[], again: number): Promise<void> {
    let room: Room
    try {
      room = await this.patiently(() => this.outside.service.room())
    } catch (error) {
      for (const { entry } of files) this.giveUp(entry, faultOf(error))
      return
    }
    const left = { ...room }
    const fitting = files.filter(({ entry }) => {
      const fit = fits(entry, left)
      if (fit) use(left, entry)
      else this.postpone(entry)
      return fit
    })
    // The API also refuses when too many uploads begin at the same moment.
    if (fitting.length === files.length) {
      if (again + 1 >= MOST_FAULTS) {
        for (const { entry } of files) this.giveUp(entry, new Fault('busy', 'again'))
        return
      }
      await this.outside.clock.wait(this.pause(again + 1))
      return this.sign(fitting, again + 1)
    }
    this.room = room
    await this.sign(fitting, again)
  }

  private start(entry: Entry, begun: Begun): void {
    if (begun.error) {
      this.update(entry, { state: 'refused', reason: refusalOf(begun.error) })
      return
    }
    if (!this.isSigning(entry)) {
      if (begun.id && begun.part_bytes) {
        this.outside.service.abort(begun.id).catch(() => undefined)
      }
      return
    }
    if (this.room) use(this.room, entry)
    const { id, method, url, headers, part_bytes: partBytes, same } = begun
    if (entry.id) this.byId.delete(entry.id)
    this.update(entry, {
      id: id ?? undefined,
      same: same ?? undefined,
      signed: method && url ? { method, url, headers: headers ?? {} } : undefined,
      signedAt: this.outside.clock.now(),
      partBytes: partBytes ?? undefined,
      partly: false,
      tried: false,
    })
    if (id) this.byId.set(id, entry)
    this.begin(entry)
  }

  /** Not if it was removed meanwhile. */
  private isSigning(entry: Entry): boolean {
    return entry.state === 'signing' && this.entries.has(entry.key)
  }

  private begin(entry: Entry): void {
    void this.sending.add(() => this.transfer(entry))
  }

  // How one file is sent.

  private async transfer(entry: Entry): Promise<void> {
    const signal = entry.stop?.signal
    if (!signal || !this.isSigning(entry)) return
    this.update(entry, { state: 'sending' })
    for (;;) {
      await this.gate.pass()
      if (signal.aborted) return
      const old = this.outside.clock.now() - entry.signedAt > SIGNED_MS
      if (!entry.partBytes && old) return this.enqueue(entry)
      const tried = entry.tried
      try {
        await (entry.partBytes ? this.sendParts(entry, signal) : this.sendWhole(entry, signal))
        return this.arrive(entry)
      } catch (error) {
        if (signal.aborted) return
        const fault = faultOf(error)
        // A complete upload is forgotten, though its picture may not be known yet.
        const complete = fault.way === 'restart' && tried
        if (fault.way === 'arrived' || complete) return this.arrive(entry)
        if (!entry.partBytes) this.update(entry, { sent: 0 })
        if (this.holdIfExpired(fault)) continue
        if (this.gate.closed && fault.way === 'again') continue
        if (fault.way === 'never' || ++entry.faults >= MOST_FAULTS) {
          return this.giveUp(entry, fault)
        }
        this.update(entry, { reason: fault.reason })
        await this.outside.clock.wait(this.pause(entry.faults), signal)
        if (signal.aborted) return
        if (fault.way === 'restart') this.update(entry, { partBytes: undefined, tried: true })
        // A browser hides refusals without CORS headers behind lost connections.
        const hidden = fault.way === 'again' && entry.faults % 3 === 0
        if (!entry.partBytes && (fault.way !== 'again' || hidden)) return this.enqueue(entry)
      }
    }
  }

  private async sendWhole(entry: Entry, signal: AbortSignal): Promise<void> {
    if (!entry.signed) throw new Fault('denied', 'sign')
    if (!entry.tried) this.update(entry, { tried: true })
    await this.sendBytes(entry.signed, fileOf(entry), signal, (bytes) => {
      this.progress(entry, bytes)
    })
  }

  private async sendParts(entry: Entry, signal: AbortSignal): Promise<void> {
    const { id = '', partBytes = 1 } = entry
    const { service, digest } = this.outside
    const bytesOf = (number: number): number =>
      Math.min(partBytes, entry.bytes - (number - 1) * partBytes)
    const there = new Set(entry.partly ? await service.parts(id) : [])
    let arrived = [...there].reduce((sum, number) => sum + bytesOf(number), 0)
    const moving = new Map<number, number>()
    const report = (): void =>
      this.progress(entry, arrived + [...moving.values()].reduce((sum, each) => sum + each, 0))
    entry.partly = true
    report()
    const failed = new AbortController()
    const either = AbortSignal.any([signal, failed.signal])
    const parts = new PQueue({ concurrency: PARTS_AT_ONCE })

    const sendPart = async (number: number): Promise<void> => {
      const begin = (number - 1) * partBytes
      const part = fileOf(entry).slice(begin, begin + bytesOf(number))
      const sha256 = await digest(part)
      either.throwIfAborted()
      const request = await service.part(id, { number, bytes: part.size, sha256 })
      await this.sendBytes(request, part, either, (bytes) => {
        moving.set(number, Math.min(bytes, part.size))
        report()
      })
      moving.delete(number)
      arrived += part.size
      entry.faults = 0
      report()
    }

    const missing = Array.from(
      { length: Math.ceil(entry.bytes / partBytes) },
      (_, index) => index + 1,
    ).filter((number) => !there.has(number))
    try {
      await Promise.all(missing.map((number) => parts.add(() => sendPart(number))))
    } finally {
      failed.abort()
      parts.clear()
    }
    if (!entry.tried) this.update(entry, { tried: true })
    await service.complete(id)
  }

  private sendBytes(
    request: NonNullable<Entry['signed']>,
    body: Blob,
    signal: AbortSignal,
    progress: (bytes: number) => void,
  ): Promise<void> {
    const { send, clock } = this.outside
    return sendWatched(send, clock, request, body, progress, signal)
  }

  /** The last percent is the response's. */
  private progress(entry: Entry, bytes: number): void {
    if (entry.state !== 'sending') return
    const sent = Math.min(bytes, Math.floor(entry.bytes * 0.99))
    this.update(entry, { sent, reason: undefined })
  }

  // What became of it.

  private arrive(entry: Entry): void {
    this.update(entry, { state: 'sent', sent: entry.bytes, reason: undefined })
    entry.faults = 0
    entry.signed = undefined
    entry.signedAt = this.outside.clock.now()
    if (entry.id) this.poller.watch(entry.id)
  }

  private learn({ id, status }: PictureState): { news: boolean; more: boolean } {
    const entry = this.byId.get(id)
    if (!entry || !underWay(entry.state)) return { news: false, more: false }
    if (status === 'awaited') {
      const slow = this.outside.clock.now() - entry.signedAt > SLOW_MS
      if (slow && !entry.reason) this.update(entry, { reason: { cause: 'slow' } })
      return { news: false, more: true }
    }
    const news = status !== entry.state
    if (news) this.update(entry, { state: status, reason: undefined })
    return { news, more: underWay(status) }
  }

  private giveUp(entry: Entry, fault: Fault): void {
    if (!this.entries.has(entry.key)) return
    const { reason } = fault
    if (reason.cause === 'quota') this.postpone(entry)
    else this.update(entry, { state: reason.cause === 'too_big' ? 'refused' : 'unsent', reason })
  }

  private postpone(entry: Entry): void {
    this.update(entry, { state: 'tomorrow', reason: { cause: 'quota' } })
    this.midnight ??= this.retryAtMidnight()
  }

  private async retryAtMidnight(): Promise<void> {
    const { clock, random } = this.outside
    // Not everybody in the same second.
    await clock.wait(DAY_MS - (clock.now() % DAY_MS) + random() * 60_000)
    this.midnight = undefined
    for (const entry of this.entries.values()) {
      if (entry.state === 'tomorrow') this.retry(entry)
    }
  }

  // What all of these need.

  /** Repeat what may succeed in a moment, and wait while there is no network or sign-in. */
  private async patiently<T>(call: () => Promise<T>): Promise<T> {
    for (let faults = 0; ;) {
      await this.gate.pass()
      try {
        return await call()
      } catch (error) {
        const fault = faultOf(error)
        if (this.holdIfExpired(fault)) continue
        if (this.gate.closed && fault.way === 'again') continue
        if (!['again', 'hold'].includes(fault.way) || ++faults >= MOST_FAULTS) throw error
        await this.outside.clock.wait(this.pause(faults))
      }
    }
  }

  private holdIfExpired(fault: Fault): boolean {
    const expired = fault.way === 'hold' && this.outside.expired()
    if (expired) this.gate.hold('expired')
    return expired
  }

  /** Longer with each fault, and never the same for all. */
  private pause(faults: number): number {
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** (faults - 1), LONGEST_PAUSE_MS)
    return longest * (0.5 + this.outside.random() / 2)
  }

  private put(entry: Entry): void {
    this.entries.set(entry.key, entry)
    this.totals.add(entry)
    if (entry.id) this.byId.set(entry.id, entry)
    if (entry.state === 'lost') this.lost.set(printOf(entry), entry)
    this.outside.changed(entry, undefined)
    this.remember(entry)
  }

  private update(entry: Entry, change: Partial<Entry>): void {
    if (!this.entries.has(entry.key)) return
    const { state, id, tried, partBytes } = entry
    this.totals.remove(entry)
    Object.assign(entry, change)
    this.totals.add(entry)
    if (state === 'lost' && entry.state !== 'lost') this.lost.delete(printOf(entry))
    const lasting = state !== entry.state || id !== entry.id || tried !== entry.tried
    if (lasting || partBytes !== entry.partBytes) this.remember(entry)
    this.outside.changed(entry, state)
  }

  private drop(entry: Entry): void {
    if (!this.entries.delete(entry.key)) return
    this.totals.remove(entry)
    if (entry.id) {
      this.byId.delete(entry.id)
      this.poller.forget(entry.id)
    }
    this.lost.delete(printOf(entry))
    this.known.delete(printOf(entry))
    this.outside.changed(entry, entry.state)
    this.remember(entry)
  }

  private remember(entry: Entry): void {
    this.unkept.add(entry)
    if (!this.keeping) void this.keepSoon()
  }

  private async keepSoon(): Promise<void> {
    this.keeping = true
    while (this.unkept.size) {
      await this.outside.clock.wait(KEEP_MS)
      await this.keepNow(KEPT_AT_ONCE)
    }
    this.keeping = false
  }

  /** Write down what has changed. */
  async keepNow(most = Infinity): Promise<void> {
    const changed = [...this.unkept].slice(0, most)
    for (const entry of changed) this.unkept.delete(entry)
    const { totals } = this
    const over = !totals.count('waiting', 'signing', 'sending', 'unsent', 'tomorrow', 'lost')
    // What has arrived is remembered as long as other files of the upload may be chosen again.
    const lasts = ({ state }: Entry): boolean => !settled(state) || (arrived(state) && !over)
    const lasting = changed.filter((entry) => this.entries.has(entry.key) && lasts(entry))
    const kept = new Set(lasting)
    const gone = changed.filter((entry) => !kept.has(entry)).map((entry) => entry.key)
    for (const { key, state } of lasting) if (settled(state)) this.done.add(key)
    if (over) {
      gone.push(...this.done)
      this.done.clear()
    }
    // Without a store the page forgets what it had not finished, and works.
    await this.outside.keep.write(lasting.map(keptOf), gone).catch(() => undefined)
  }
}

function blank(key: string): Omit<Entry, 'name' | 'folder' | 'bytes' | 'modified' | 'type'> {
  return {
    key,
    file: undefined,
    root: undefined,
    state: 'waiting',
    sent: 0,
    reason: undefined,
    id: undefined,
    same: undefined,
    signed: undefined,
    signedAt: 0,
    partBytes: undefined,
    partly: false,
    tried: false,
    faults: 0,
    anyway: false,
    stop: undefined,
  }
}

function keptOf(entry: Entry): Kept {
  const { key, name, folder, bytes, modified, type, id, partBytes, tried, root } = entry
  return {
    key,
    name,
    folder,
    bytes,
    modified,
    type,
    tried,
    sent: arrived(entry.state),
    ...(id && { id }),
    ...(partBytes && { partBytes }),
    ...(root && { root }),
  }
}

function fileOf(entry: Entry): File {
  if (!entry.file) throw new Fault('unreadable', 'never')
  return entry.file
}

function newFile({ entry, sha256 }: Hashed): NewFile {
  const file = { name: nameOf(entry.name), type: entry.type, bytes: entry.bytes }
  return sha256 ? { ...file, sha256 } : file
}

/** What a file is recognised by when it is chosen again. */
function fingerprint(name: string, bytes: number, modified: number): string {
  return `${bytes} ${modified} ${name}`
}

function printOf(entry: Entry): string {
  return fingerprint(entry.name, entry.bytes, entry.modified)
}

function fits(entry: Entry, room: Room): boolean {
  return room.pictures >= 1 && room.bytes >= entry.bytes
}

function use(room: Room, entry: Entry): void {
  room.pictures -= 1
  room.bytes -= entry.bytes
}
