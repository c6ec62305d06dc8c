/** The API, the store and the browser's own parts, in memory. Timers are vitest's. */
import { vi } from 'vitest'
import { Problem } from '@/api/problems'
import { clock } from '@/upload/clock'
import type { Chosen, Entry, NewFile, State } from '@/upload/entry'
import { Fault } from '@/upload/faults'
import type { Kept } from '@/upload/keep'
import { Queue } from '@/upload/queue'
import type { Response, Send } from '@/upload/sender'
import type { Begun, PictureState, Room, Service } from '@/upload/service'

export const MB = 1_000_000
export const PART = 8 * 1024 * 1024

/** A file of any size that takes no memory; files with equal contents have equal digests. */
export function file(name: string, bytes = 1000, contents = name): File {
  const slice = (begin: number, end: number) => ({
    size: end - begin,
    contents: `${contents}${begin}`,
  })
  const type = name.endsWith('.jpg') ? 'image/jpeg' : ''
  return { name, size: bytes, type, lastModified: 1, contents, slice } as unknown as File
}

export function chosen(...files: File[]): Chosen[] {
  return files.map((each) => ({ file: each, folder: '' }))
}

let keys = 0

type Answer = Response | Error | 'hang'

export class World {
  /** What happens to the next requests to the store, before it does its work. */
  readonly storeFaults: Answer[] = []
  /** As above, but after it has done its work: the response is lost. */
  readonly lostResponses: Error[] = []
  /** What the next calls of a method throw. */
  readonly problems: Partial<Record<keyof Service, Error[]>> = {}
  readonly batches: NewFile[][] = []
  readonly sentParts: [string, number][] = []
  readonly aborted: string[] = []
  readonly completed: string[] = []
  readonly asked: string[][] = []
  readonly kept = new Map<string, Kept>()
  readonly states = new Map<string, PictureState['status']>()
  readonly parts = new Map<string, Set<number>>()
  puts = 0
  most = 0
  signedIn = true
  room: Room = { pictures: 1_000_000, bytes: 1e15 }
  refusals: Record<string, string> = {}
  /** What the person has already, by the name of the file that is the same. */
  same: Record<string, Begun['same']> = {}
  changes = 0
  readonly queue: Queue
  private moving = 0

  /** The ids of its pictures are the numbers after `ids`. */
  constructor(private ids = 0) {
    this.queue = new Queue({
      service: this.service,
      send: this.send,
      digest: async (bytes) => (bytes as unknown as { contents: string }).contents,
      clock,
      keep: {
        write: async (kept, gone) => {
          for (const each of kept) this.kept.set(each.key, each)
          for (const key of gone) this.kept.delete(key)
        },
      },
      random: () => 0.5,
      newKey: () => String(++keys),
      expired: () => !this.signedIn,
      changed: () => void this.changes++,
    })
  }

  entry(name: string): Entry {
    const found = [...this.queue.entries.values()].find((each) => each.name === name)
    if (!found) throw new Error(`no entry ${name}`)
    return found
  }

  stateOf(name: string): State {
    return this.entry(name).state
  }

  names(): Record<string, State> {
    return Object.fromEntries(
      [...this.queue.entries.values()].map((each) => [each.name, each.state]),
    )
  }

  /** The pipeline is done with everything that has arrived. */
  process(status: PictureState['status'] = 'ready'): void {
    for (const [id, now] of this.states) {
      if (now === 'received' || now === 'processing') this.states.set(id, status)
    }
  }

  private fail(method: keyof Service): void {
    const error = this.problems[method]?.shift()
    if (error) throw error
  }

  private readonly service: Service = {
    begin: async (files) => {
      this.fail('begin')
      const bytes = files.reduce((sum, each) => sum + each.bytes, 0)
      if (files.length > this.room.pictures || bytes > this.room.bytes) {
        throw new Problem('too_many', 429, 'a day has 2 pictures')
      }
      this.batches.push(files)
      this.room = { pictures: this.room.pictures - files.length, bytes: this.room.bytes - bytes }
      return files.map((each): Begun => {
        const error = this.refusals[each.name]
        if (error) return { error }
        const id = String(++this.ids)
        if (each.bytes > 20 * MB) {
          this.parts.set(id, new Set())
          return { id, part_bytes: PART }
        }
        const headers = { 'content-type': each.type }
        const same = this.same[each.name] ?? null
        return { id, method: 'PUT', url: `store/${id}`, headers, same }
      })
    },
    part: async (id, { number }) => {
      this.fail('part')
      return { method: 'PUT', url: `store/${id}/${number}`, headers: {} }
    },
    parts: async (id) => {
      this.fail('parts')
      const parts = this.parts.get(id)
      if (!parts) throw new Problem('not_found', 404)
      return [...parts].toSorted((a, b) => a - b)
    },
    complete: async (id) => {
      this.fail('complete')
      if (!this.parts.delete(id)) throw new Problem('not_found', 404)
      this.completed.push(id)
      this.states.set(id, 'received')
      this.loseResponse()
    },
    abort: async (id) => {
      this.aborted.push(id)
      this.parts.delete(id)
    },
    states: async (ids) => {
      this.fail('states')
      this.asked.push(ids)
      return ids.map((id) => ({ id, status: this.states.get(id) ?? 'awaited', revision: 1 }))
    },
    room: async () => {
      this.fail('room')
      return { ...this.room }
    },
  }

  private loseResponse(): void {
    const error = this.lostResponses.shift()
    if (error) throw error
  }

  private readonly send: Send = async (request, body, progress, signal) => {
    this.moving++
    this.most = Math.max(this.most, this.moving)
    try {
      await clock.wait(100, signal)
      signal.throwIfAborted()
      progress(Math.floor(body.size / 2))
      const fault = this.storeFaults.shift()
      if (fault === 'hang') {
        await clock.wait(1e9, signal)
        signal.throwIfAborted()
      } else if (fault instanceof Error) throw fault
      else if (fault) return fault
      progress(body.size)
      await clock.wait(100, signal)
      signal.throwIfAborted()
      const [, id = '', number] = request.url.split('/')
      if (number) {
        this.parts.get(id)?.add(Number(number))
        this.sentParts.push([id, Number(number)])
      } else {
        if (this.states.has(id)) return xml(412, 'PreconditionFailed')
        this.puts++
        this.states.set(id, 'received')
      }
      this.loseResponse()
      return { status: 200, body: '' }
    } finally {
      this.moving--
    }
  }
}

export function xml(status: number, code: string, message = ''): Response {
  return {
    status,
    body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  }
}

export const lost = (): Fault => new Fault('network', 'again')

/** Let this much time go by. */
export async function pass(seconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(seconds * 1000)
}
