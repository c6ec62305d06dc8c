// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Problem } from '@/api/problems'
import { chosen, file, lost, MB, pass, PART, World, xml } from './world'

const NOON = Date.UTC(2026, 0, 1, 12)
let world: World

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: NOON })
  world = new World()
})
afterEach(() => void vi.useRealTimers())

describe('the way of a picture', () => {
  it('a file is signed, sent, and followed until it is ready', async () => {
    world.queue.add(chosen(file('a.jpg')))
    expect(world.stateOf('a.jpg')).toBe('waiting')
    await pass(0.15)
    expect(world.stateOf('a.jpg')).toBe('sending')
    await pass(0.1)
    expect(world.stateOf('a.jpg')).toBe('sent')
    await pass(1)
    expect(world.stateOf('a.jpg')).toBe('received')
    world.states.set('1', 'processing')
    await pass(1)
    expect(world.stateOf('a.jpg')).toBe('processing')
    world.states.set('1', 'ready')
    await pass(2)
    expect(world.stateOf('a.jpg')).toBe('ready')
    expect(world.batches).toEqual([
      [{ name: 'a.jpg', type: 'image/jpeg', bytes: 1000, sha256: 'a.jpg' }],
    ])
  })

  it.each(['held', 'rejected', 'failed', 'deleted'] as const)(
    'a picture that is %s is asked for no more',
    async (status) => {
      world.queue.add(chosen(file('a.jpg')))
      await pass(1)
      world.process(status)
      await pass(10)
      const asked = world.asked.length
      await pass(60)
      expect(world.stateOf('a.jpg')).toBe(status)
      expect(world.asked.length).toBe(asked)
    },
  )

  it('a file that the person has already is sent, and named', async () => {
    world.same['a.jpg'] = { id: 'x', name: 'cat.jpg' }
    world.queue.add(chosen(file('a.jpg'), file('b.jpg')))
    await pass(1)
    expect(world.entry('a.jpg')).toMatchObject({ state: 'sent', same: { name: 'cat.jpg' } })
    expect(world.entry('b.jpg').same).toBeUndefined()
  })

  it('the last percent is reached by the response alone', async () => {
    world.queue.add(chosen(file('a.jpg')))
    await pass(0.19)
    expect(world.entry('a.jpg')).toMatchObject({ state: 'sending', sent: 990 })
    await pass(0.02)
    expect(world.entry('a.jpg')).toMatchObject({ state: 'sent', sent: 1000 })
  })

  it('four files are sent at once, and at most fifty signed with one request', async () => {
    world.queue.add(chosen(...Array.from({ length: 120 }, (_, each) => file(`${each}.jpg`))))
    await pass(10)
    expect(world.most).toBe(4)
    expect(world.batches.map((each) => each.length)).toEqual([50, 50, 20])
    expect(world.puts).toBe(120)
  })

  it('files are signed when it is their turn, and large ones a few at a time', async () => {
    const files = Array.from({ length: 15 }, (_, each) => file(`${each}.jpg`, 20 * MB))
    world.queue.add(chosen(...files))
    await pass(0.05)
    expect(world.batches.map((each) => each.length)).toEqual([3, 3, 3])
  })

  it('states are asked for less and less often while nothing changes', async () => {
    world.queue.add(chosen(file('a.jpg')))
    await pass(0.3)
    world.states.delete('1')
    await pass(47)
    // After 1, 2, 4, 10, 10, 10 and 10 seconds.
    expect(world.asked.length).toBe(7)
  })

  it('no states are asked for while nobody looks', async () => {
    world.queue.add(chosen(file('a.jpg')))
    await pass(0.3)
    world.queue.hide(true)
    await pass(60)
    expect(world.asked.length).toBe(0)
    world.queue.hide(false)
    await pass(0)
    expect(world.stateOf('a.jpg')).toBe('received')
  })

  it('a picture that does not turn up for ten minutes is explained, and found in the end', async () => {
    world.queue.add(chosen(file('a.jpg')))
    await pass(0.3)
    world.states.delete('1')
    await pass(620)
    expect(world.entry('a.jpg')).toMatchObject({ state: 'sent', reason: { cause: 'slow' } })
    world.states.set('1', 'ready')
    await pass(10)
    expect(world.entry('a.jpg')).toMatchObject({ state: 'ready', reason: undefined })
  })
})

describe('what is refused', () => {
  it('an empty file is refused before anything is sent', async () => {
    world.queue.add(chosen(file('a.jpg', 0)))
    await pass(1)
    expect(world.entry('a.jpg')).toMatchObject({ state: 'refused', reason: { cause: 'empty' } })
    expect(world.batches).toEqual([])
  })

  it('a file that the API refuses has its reason, and the others go on', async () => {
    world.refusals['a.jpg'] = 'bytes must be at most 500, the limit of a day'
    world.queue.add(chosen(file('a.jpg'), file('b.jpg')))
    await pass(1)
    expect(world.entry('a.jpg')).toMatchObject({
      state: 'refused',
      reason: { cause: 'too_big', detail: '500' },
    })
    expect(world.puts).toBe(1)
  })

  it('a batch that the API refuses is signed file by file', async () => {
    const invalid = new Problem('invalid', 400, 'files.0.name: too long')
    world.problems.begin = [invalid, invalid]
    world.queue.add(chosen(file('a.jpg'), file('b.jpg')))
    await pass(1)
    expect(world.entry('a.jpg')).toMatchObject({
      state: 'unsent',
      reason: { cause: 'other', detail: 'files.0.name: too long' },
    })
    expect(world.puts).toBe(1)
  })

  it('the same bytes are sent once, unless the person wants them twice', async () => {
    world.queue.add(chosen(file('a.jpg', 1000, 'same'), file('b.jpg', 1000, 'same')))
    await pass(1)
    expect(world.entry('b.jpg')).toMatchObject({
      state: 'twice',
      reason: { cause: 'same_bytes', detail: 'a.jpg' },
    })
    world.queue.uploadAnyway(world.entry('b.jpg'))
    await pass(1)
    expect(world.puts).toBe(2)
  })

  it('the same bytes are sent again once the first file was removed', async () => {
    world.queue.add(chosen(file('a.jpg', 1000, 'same')))
    await pass(1)
    world.process()
    await pass(2)
    world.queue.removeSettled()
    world.queue.add(chosen(file('b.jpg', 1000, 'same')))
    await pass(1)
    expect(world.puts).toBe(2)
  })

  it('a file that cannot be read may be retried', async () => {
    const gone = file('a.jpg')
    Object.defineProperty(gone, 'contents', {
      get: () => {
        throw new DOMException('', 'NotReadableError')
      },
    })
    world.queue.add(chosen(gone))
    await pass(1)
    expect(world.entry('a.jpg')).toMatchObject({ state: 'unsent', reason: { cause: 'unreadable' } })
  })
})

describe('faults of the store', () => {
  it('a lost connection is retried after growing pauses', async () => {
    world.storeFaults.push(lost(), lost())
    world.queue.add(chosen(file('a.jpg')))
    await pass(0.2)
    expect(world.entry('a.jpg')).toMatchObject({ sent: 0, reason: { cause: 'network' } })
    await pass(0.75 + 0.2)
    expect(world.puts).toBe(0)
    await pass(1.5 + 0.2)
    expect(world.puts).toBe(1)
    expect(world.batches.length).toBe(1)
  })

  it('a fault that stays is given up after six attempts, and may be retried', async () => {
    world.storeFaults.push(...Array.from({ length: 6 }, () => xml(503, 'SlowDown')))
    world.queue.add(chosen(file('a.jpg')))
    await pass(120)
    expect(world.entry('a.jpg')).toMatchObject({ state: 'unsent', reason: { cause: 'busy' } })
    world.queue.retryAll()
    await pass(2)
    expect(world.stateOf('a.jpg')).toBe('received')
  })

  it('an expired signature is replaced by a new one', async () => {
    world.storeFaults.push(xml(403, 'AccessDenied', 'Request has expired'))
    world.queue.add(chosen(file('a.jpg')))
    await pass(3)
    expect(world.batches.length).toBe(2)
    expect(world.stateOf('a.jpg')).toBe('received')
    expect(world.puts).toBe(1)
  })

  it('a signature that has become old is replaced before it is used', async () => {
    world.queue.hold('offline')
    world.queue.release('offline')
    world.queue.add(chosen(file('a.jpg')))
    await pass(0)
    world.queue.hold('offline')
    world.storeFaults.push(lost())
    await pass(15 * 60)
    world.queue.release('offline')
    await pass(2)
    expect(world.batches.length).toBe(2)
    expect(world.puts).toBe(1)
  })

  it('what has arrived already counts as sent', async () => {
    world.lostResponses.push(lost())
    world.queue.add(chosen(file('a.jpg')))
    await pass(3)
    expect(world.puts).toBe(1)
    expect(world.stateOf('a.jpg')).toBe('received')
  })

  it('a file whose response was lost is not sent again with a new signature', async () => {
    world.lostResponses.push(lost())
    world.queue.add(chosen(file('a.jpg')))
    await pass(0.15)
    await pass(0.08)
    world.queue.hold('offline')
    await pass(16 * 60)
    world.queue.release('offline')
    await pass(3)
    expect(world.puts).toBe(1)
    expect(world.batches.length).toBe(1)
    expect(world.stateOf('a.jpg')).toBe('received')
  })

  it('damaged bytes are read, signed and sent again', async () => {
    world.storeFaults.push(xml(400, 'BadDigest'))
    world.queue.add(chosen(file('a.jpg')))
    await pass(3)
    expect(world.batches.length).toBe(2)
    expect(world.puts).toBe(1)
  })

  it('a file that is too large for the store is refused at once', async () => {
    world.storeFaults.push(xml(400, 'EntityTooLarge'))
    world.queue.add(chosen(file('a.jpg')))
    await pass(1)
    expect(world.entry('a.jpg')).toMatchObject({ state: 'refused', reason: { cause: 'too_big' } })
  })

  it('a transfer that stalls for a minute is aborted and retried', async () => {
    world.storeFaults.push('hang')
    world.queue.add(chosen(file('a.jpg')))
    await pass(59)
    expect(world.entry('a.jpg')).toMatchObject({ state: 'sending', reason: undefined })
    await pass(1.2)
    expect(world.entry('a.jpg').reason).toEqual({ cause: 'stalled' })
    await pass(2)
    expect(world.stateOf('a.jpg')).toBe('received')
  })
})

describe('faults of the API', () => {
  it.each(['throttled', 'unavailable', 'internal', 'network'] as const)(
    '%s passes, and signing is repeated',
    async (code) => {
      world.problems.begin = [new Problem(code), new Problem(code)]
      world.queue.add(chosen(file('a.jpg')))
      await pass(4)
      expect(world.puts).toBe(1)
    },
  )

  it('files beyond the quota wait for tomorrow, and those that fit are sent', async () => {
    world.room = { pictures: 2, bytes: 1e9 }
    world.queue.add(chosen(...['a', 'b', 'c', 'd'].map((each) => file(`${each}.jpg`))))
    await pass(2)
    expect(world.names()).toEqual({
      'a.jpg': 'received',
      'b.jpg': 'received',
      'c.jpg': 'tomorrow',
      'd.jpg': 'tomorrow',
    })
    expect(world.entry('c.jpg').reason).toEqual({ cause: 'quota' })
  })

  it('thousands of files beyond the quota cost no request each', async () => {
    world.room = { pictures: 10, bytes: 1e9 }
    world.queue.add(chosen(...Array.from({ length: 5000 }, (_, each) => file(`${each}.jpg`))))
    await pass(5)
    expect(world.queue.totals.states).toMatchObject({ received: 10, tomorrow: 4990 })
    expect(world.batches.length).toBe(1)
  })

  it('what waits for tomorrow goes on after midnight', async () => {
    world.room = { pictures: 0, bytes: 0 }
    world.queue.add(chosen(file('a.jpg')))
    await pass(1)
    expect(world.stateOf('a.jpg')).toBe('tomorrow')
    world.room = { pictures: 10, bytes: 1e9 }
    await pass(12 * 3600 + 60)
    expect(world.stateOf('a.jpg')).toBe('received')
  })

  it('a quota that others are writing to is tried again', async () => {
    world.problems.begin = [new Problem('too_many', 429, 'too many uploads begin; retry')]
    world.queue.add(chosen(file('a.jpg')))
    await pass(3)
    expect(world.stateOf('a.jpg')).toBe('received')
  })

  it('an expired sign-in pauses everything, and nothing is lost', async () => {
    world.signedIn = false
    world.problems.begin = [new Problem('expired')]
    world.queue.add(chosen(file('a.jpg'), file('b.jpg', 30 * MB)))
    await pass(3600)
    expect(world.names()).toEqual({ 'a.jpg': 'signing', 'b.jpg': 'signing' })
    world.signedIn = true
    world.queue.release('expired')
    await pass(5)
    expect(world.names()).toEqual({ 'a.jpg': 'received', 'b.jpg': 'received' })
  })

  it('a sign-in that expires between two parts costs no part', async () => {
    world.queue.add(chosen(file('b.jpg', 30 * MB)))
    await pass(0.15)
    world.signedIn = false
    world.problems.part = [new Problem('expired'), new Problem('expired')]
    await pass(3600)
    expect(world.stateOf('b.jpg')).toBe('sending')
    world.signedIn = true
    world.queue.release('expired')
    await pass(5)
    expect(world.stateOf('b.jpg')).toBe('received')
    expect(world.sentParts.length).toBe(4)
  })

  it('somebody without the right is told so', async () => {
    world.problems.begin = [new Problem('forbidden', 403)]
    world.queue.add(chosen(file('a.jpg')))
    await pass(1)
    expect(world.entry('a.jpg')).toMatchObject({ state: 'unsent', reason: { cause: 'forbidden' } })
  })
})

describe('without a network', () => {
  it('nothing is sent or counted as a fault, and it goes on by itself', async () => {
    world.queue.add(chosen(file('a.jpg'), file('b.jpg')))
    await pass(0.05)
    world.queue.hold('offline')
    world.storeFaults.push(lost(), lost())
    await pass(3600)
    expect(world.entry('a.jpg')).toMatchObject({ state: 'sending', faults: 0 })
    world.storeFaults.length = 0
    world.queue.release('offline')
    await pass(3)
    expect(world.names()).toEqual({ 'a.jpg': 'received', 'b.jpg': 'received' })
  })
})

describe('large files', () => {
  it('go in parts, two at once, and are put together', async () => {
    world.queue.add(chosen(file('b.jpg', 30 * MB)))
    await pass(2)
    expect(world.sentParts.map(([, number]) => number)).toEqual([1, 2, 3, 4])
    expect(world.most).toBe(2)
    expect(world.completed).toEqual(['1'])
    expect(world.stateOf('b.jpg')).toBe('received')
    expect(world.batches[0]).toEqual([{ name: 'b.jpg', type: 'image/jpeg', bytes: 30 * MB }])
  })

  it('after a fault only the missing parts are sent', async () => {
    world.queue.add(chosen(file('b.jpg', 30 * MB)))
    await pass(0.25)
    world.storeFaults.push(lost())
    await pass(5)
    expect(world.sentParts.map(([, number]) => number).toSorted()).toEqual([1, 2, 3, 4])
    expect(world.stateOf('b.jpg')).toBe('received')
  })

  it('parts that succeed make up for faults before them', async () => {
    world.queue.add(chosen(file('b.jpg', 100 * MB)))
    for (let part = 0; part < 12; part++) {
      world.storeFaults.push(xml(503, 'SlowDown'))
      await pass(1.5)
    }
    await pass(30)
    expect(world.stateOf('b.jpg')).toBe('received')
  })

  it('begin anew if the store has dropped the parts', async () => {
    world.queue.add(chosen(file('b.jpg', 30 * MB)))
    await pass(0.25)
    world.parts.delete('1')
    world.storeFaults.push(xml(404, 'NoSuchUpload'))
    await pass(5)
    expect(world.completed).toEqual(['2'])
    expect(world.stateOf('b.jpg')).toBe('received')
  })

  it('are not sent again if the response to the last request was lost', async () => {
    world.queue.add(chosen(file('b.jpg', 30 * MB)))
    await pass(0.45)
    world.lostResponses.push(new Problem('network'))
    await pass(0.1)
    world.lostResponses.length = 0
    await pass(5)
    expect(world.completed).toEqual(['1'])
    expect(world.batches.length).toBe(1)
    expect(world.stateOf('b.jpg')).toBe('received')
  })

  it('send what is missing if the API says that parts are missing', async () => {
    world.problems.complete = [new Problem('conflict', 409, 'every part must be uploaded first')]
    world.queue.add(chosen(file('b.jpg', 30 * MB)))
    await pass(0.3)
    world.parts.get('1')?.delete(1)
    await pass(5)
    expect(world.sentParts.map(([, number]) => number)).toEqual([1, 2, 3, 4, 1])
    expect(world.stateOf('b.jpg')).toBe('received')
  })
})

describe('cancelling', () => {
  it('one that is being sent stops, and its place is taken', async () => {
    const files = Array.from({ length: 5 }, (_, each) => file(`${each}.jpg`))
    world.queue.add(chosen(...files))
    await pass(0.15)
    world.queue.remove(world.entry('0.jpg'))
    await pass(2)
    expect(world.puts).toBe(4)
    expect(world.queue.totals).toMatchObject({ files: 4, bytes: 4000, sent: 4000 })
  })

  it('the parts of a large one are removed from the store', async () => {
    world.queue.add(chosen(file('b.jpg', 30 * MB)))
    await pass(0.25)
    world.queue.remove(world.entry('b.jpg'))
    await pass(2)
    expect(world.aborted).toEqual(['1'])
    expect(world.completed).toEqual([])
  })

  it('one whose signature was under way is not sent', async () => {
    world.queue.add(chosen(file('a.jpg'), file('b.jpg', 30 * MB)))
    world.problems.begin = [new Problem('unavailable')]
    await pass(0.1)
    world.queue.cancelAll()
    await pass(5)
    expect(world.queue.entries.size).toBe(0)
    expect(world.puts).toBe(0)
    expect(world.aborted).toEqual(world.batches.length ? ['2'] : [])
  })

  it('all leaves what has arrived', async () => {
    world.queue.add(chosen(...Array.from({ length: 20 }, (_, each) => file(`${each}.jpg`))))
    await pass(0.25)
    world.queue.cancelAll()
    await pass(5)
    expect(world.queue.totals.states).toMatchObject({ received: 4, waiting: 0, sending: 0 })
  })
})

describe('after a reload', () => {
  async function reload(): Promise<World> {
    await world.queue.keepNow()
    const next = new World(100)
    for (const [id, status] of world.states) next.states.set(id, status)
    for (const [id, parts] of world.parts) next.parts.set(id, parts)
    await next.queue.restore([...world.kept.values()])
    return next
  }

  it('what had been sent is followed', async () => {
    world.queue.add(chosen(file('a.jpg')))
    await pass(0.3)
    const next = await reload()
    expect(next.stateOf('a.jpg')).toBe('sent')
    next.process()
    await pass(2)
    expect(next.stateOf('a.jpg')).toBe('ready')
  })

  it('what had not been sent goes on when the file is chosen again', async () => {
    world.queue.add(chosen(file('a.jpg')))
    const next = await reload()
    expect(next.stateOf('a.jpg')).toBe('lost')
    expect(next.queue.add(chosen(file('a.jpg'), file('new.jpg')))).toBe(1)
    await pass(3)
    expect(next.names()).toEqual({ 'a.jpg': 'received', 'new.jpg': 'received' })
  })

  it('what has arrived is not sent again when all files are chosen again', async () => {
    const all = (): File[] => Array.from({ length: 8 }, (_, each) => file(`${each}.jpg`))
    world.queue.add(chosen(...all()))
    await pass(0.25)
    world.process()
    const next = await reload()
    next.queue.add(chosen(...all()))
    await pass(5)
    expect(next.puts).toBe(4)
    expect(next.queue.totals.states).toMatchObject({ ready: 4, received: 4, lost: 0 })
  })

  it('what is done is remembered until the last file is through', async () => {
    world.queue.add(chosen(file('a.jpg')))
    await pass(0.3)
    world.process()
    world.room = { pictures: 0, bytes: 0 }
    world.queue.add(chosen(file('b.jpg')))
    await pass(2)
    await world.queue.keepNow()
    expect(world.names()).toEqual({ 'a.jpg': 'ready', 'b.jpg': 'tomorrow' })
    expect([...world.kept.values()].map(({ name, sent }) => [name, sent])).toEqual([
      ['a.jpg', true],
      ['b.jpg', false],
    ])
    world.queue.remove(world.entry('b.jpg'))
    await world.queue.keepNow()
    expect(world.kept.size).toBe(0)
  })

  it('another file of the same name is another picture', async () => {
    world.queue.add(chosen(file('a.jpg')))
    const next = await reload()
    expect(next.queue.add(chosen(file('a.jpg', 2000)))).toBe(0)
    expect(next.queue.entries.size).toBe(2)
  })

  it('a large file goes on with the parts that are missing', async () => {
    world.queue.add(chosen(file('b.jpg', 30 * MB)))
    await pass(0.25)
    const next = await reload()
    next.queue.add(chosen(file('b.jpg', 30 * MB)))
    await pass(3)
    expect(next.sentParts).toEqual([
      ['1', 3],
      ['1', 4],
    ])
    expect(next.completed).toEqual(['1'])
  })

  it('what arrived just before is found without its file', async () => {
    world.queue.add(chosen(file('a.jpg')))
    await pass(0.15)
    world.states.set('1', 'received')
    const next = await reload()
    expect(next.stateOf('a.jpg')).toBe('sent')
  })

  it('what is done or refused is forgotten', async () => {
    world.queue.add(chosen(file('a.jpg'), file('empty.jpg', 0)))
    await pass(1)
    world.process()
    await pass(3)
    await world.queue.keepNow()
    expect([...world.kept.keys()]).toEqual([])
  })

  it('what is interrupted can be forgotten, and its parts are removed', async () => {
    world.queue.add(chosen(file('a.jpg'), file('b.jpg', 30 * MB)))
    await pass(0.15)
    const next = await reload()
    next.queue.forgetLost()
    expect(next.queue.entries.size).toBe(0)
    expect(next.aborted).toEqual(['2'])
  })
})

it('ten thousand files all arrive, fifty of them to a request', { timeout: 60_000 }, async () => {
  const names = Array.from({ length: 10_000 }, (_, each) => `${each}.jpg`)
  world.queue.add(chosen(...names.map((name) => file(name))))
  await pass(700)
  world.process()
  await pass(1000)
  expect(world.queue.totals.states).toMatchObject({ ready: 10_000 })
  expect(world.batches.map(({ length }) => length)).toEqual(Array(200).fill(50))
})

it('sums are those of the files', async () => {
  world.queue.add(chosen(file('a.jpg', 1000), file('b.jpg', PART), file('none.jpg', 0)))
  await pass(2)
  expect(world.queue.totals).toMatchObject({ files: 2, bytes: 1000 + PART, sent: 1000 + PART })
})
