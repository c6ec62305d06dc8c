import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ref } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { connect, type Picture, type Row } from '@/api/client'
import { HERE } from '@/here'
import type { Listed } from '@/pictures/days'
import Grid from '@/pictures/Grid.vue'
import { pictureQuery } from '@/pictures/picture'
import { select } from '@/pictures/selection'
import Viewer from '@/viewer/Viewer.vue'
import { aheadOf, type Ahead } from '@/pictures/resting'
import { fetchAhead, madeAhead } from '@/viewer/ahead'
import { CONFIG, SIZED } from '../config'
import { SESSION } from '../session'
import { picture } from './picture'

const SITE = 'http://127.0.0.1'
const [A, B, C] = ['a', 'b', 'c'].map((each) => each.repeat(32)) as [string, string, string]
const ROOM = { width: 1440, height: 844 }

function file(name: string, width: number, height: number) {
  return { jpeg: { address: `/p/${name}.jpg`, key: name, bytes: 1, width, height } }
}

function made(known: Partial<Picture> = {}): Picture {
  return picture({
    renditions: { small: file('small', 500, 375), large: file('large', 1600, 1200) },
    ...known,
  } as Partial<Picture>)
}

/** Requests of the API and of files, in their order. */
let asked: string[]
let reachable: boolean

beforeEach(() => {
  asked = []
  reachable = true
  vi.stubGlobal('location', { origin: SITE })
  vi.stubGlobal('innerWidth', ROOM.width)
  vi.stubGlobal('innerHeight', ROOM.height + 56)
  vi.stubGlobal('devicePixelRatio', 1)
  vi.stubGlobal('fetch', async ({ url }: Request) => {
    const { pathname } = new URL(url)
    asked.push(pathname)
    if (!reachable) throw new TypeError('Failed to fetch')
    return Response.json(made({ id: pathname.split('/').at(-1)! }))
  })
  vi.stubGlobal(
    'Image',
    class {
      onload = (): void => undefined
      fetchPriority = 'auto'
      set src(address: string) {
        asked.push(`${address} ${this.fetchPriority}`)
        queueMicrotask(() => this.onload())
      }
    },
  )
  // As browsers have none: what Node.js does with queues refuses targets of events that are the page's.
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('what is rested on', () => {
  let begun: string[]
  let end: () => void
  let allowed: boolean
  let ahead: Ahead

  beforeEach(() => {
    vi.useFakeTimers()
    begun = []
    allowed = true
    ahead = aheadOf(
      (id, still) => {
        begun.push(id)
        return new Promise((done) => (end = () => done(void begun.push(`${id} ${still()}`))))
      },
      () => allowed,
    )
  })

  it('is fetched after 100 ms, once', () => {
    ahead.rest(A)
    vi.advanceTimersByTime(99)
    ahead.rest(A)
    expect(begun).toEqual([])
    vi.advanceTimersByTime(1)
    ahead.rest(A)
    ahead.moved()
    vi.advanceTimersByTime(1000)
    expect(begun).toEqual([A])
  })

  it('is not if it is left before', () => {
    ahead.rest(A)
    vi.advanceTimersByTime(99)
    ahead.rest(undefined)
    vi.advanceTimersByTime(1000)
    expect(begun).toEqual([])
  })

  it('is not while the page scrolls, but 100 ms after it', () => {
    ahead.rest(A)
    for (let scrolls = 0; scrolls < 20; scrolls++) {
      vi.advanceTimersByTime(50)
      ahead.moved()
    }
    expect(begun).toEqual([])
    vi.advanceTimersByTime(100)
    expect(begun).toEqual([A])
  })

  it('is not where it is not allowed then', () => {
    ahead.rest(A)
    allowed = false
    vi.advanceTimersByTime(1000)
    expect(begun).toEqual([])
  })

  it('is one picture at a time, and the last of those rested on meanwhile comes next', async () => {
    for (const id of [A, B, C]) {
      ahead.rest(id)
      vi.advanceTimersByTime(100)
    }
    expect(begun).toEqual([A])
    end()
    await vi.advanceTimersByTimeAsync(0)
    expect(begun).toEqual([A, `${A} false`, C])
    end()
    await vi.advanceTimersByTimeAsync(0)
    expect(begun).toEqual([A, `${A} false`, C, `${C} true`])
  })

  it('is nothing that was left while another was fetched', async () => {
    ahead.rest(A)
    vi.advanceTimersByTime(100)
    ahead.rest(B)
    vi.advanceTimersByTime(100)
    ahead.rest(undefined)
    end()
    await vi.advanceTimersByTimeAsync(1000)
    expect(begun).toEqual([A, `${A} false`])
  })
})

describe('what is fetched', () => {
  const queries = new QueryClient()
  const api = () => connect(SESSION)
  const load = async () => void asked.push('code')

  beforeEach(() => queries.clear())

  it('is the code and what the viewer asks first, then its first file', async () => {
    await fetchAhead({ api: api(), config: CONFIG, queries, load }, A, () => true)
    expect(asked).toEqual(['code', `/api/pictures/${A}`, '/p/large low'])
  })

  it('is not asked for again by the viewer', async () => {
    await fetchAhead({ api: api(), config: CONFIG, queries, load }, A, () => true)
    asked = []
    const { id } = await queries.fetchQuery(pictureQuery(api(), A))
    expect([id, asked]).toEqual([A, []])
  })

  it('is no file if the picture is left before it comes', async () => {
    await fetchAhead({ api: api(), config: CONFIG, queries, load }, A, () => false)
    expect(asked).toEqual(['code', `/api/pictures/${A}`])
  })

  it('is nothing more if there is no answer, and the viewer asks again', async () => {
    reachable = false
    await fetchAhead({ api: api(), config: CONFIG, queries, load }, A, () => true)
    expect(asked).toEqual(['code', `/api/pictures/${A}`])
    reachable = true
    expect((await queries.fetchQuery(pictureQuery(api(), A))).id).toBe(A)
  })
})

describe('the viewer', () => {
  it('asks for nothing more of what was fetched, and shows the file first', async () => {
    const [queries, api] = [new QueryClient(), connect(SESSION)]
    await fetchAhead({ api, config: CONFIG, queries, load: async () => undefined }, A, () => true)
    expect(asked).toEqual([`/api/pictures/${A}`, '/p/large low'])
    asked = []
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(ROOM.width)
    vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(ROOM.height)
    const router = createRouter({
      history: createMemoryHistory(),
      routes: [{ path: '/pictures/:id', name: 'picture', component: Viewer }],
    })
    await router.push(`/pictures/${A}`)
    const view = mount(Viewer, {
      global: {
        plugins: [router, [VueQueryPlugin, { queryClient: queries }]],
        provide: { [HERE as symbol]: { config: CONFIG, session: SESSION, api } },
      },
    })
    await flushPromises()
    const shown = [...document.querySelectorAll('.viewer img')].map((each) =>
      each.getAttribute('src'),
    )
    view.unmount()
    expect([asked, shown]).toEqual([['/api/me'], ['/p/large']])
  })
})

describe('the file that is fetched', () => {
  it('is the rendition that the screen needs', () => {
    expect(madeAhead(CONFIG, made(), ROOM)).toBe('/p/large')
    expect(madeAhead(SIZED, made(), ROOM)).toBe('/p/large')
    expect(madeAhead(CONFIG, made(), { width: 400, height: 400 })).toBe('/p/small')
  })

  it('is none where the viewer shows a size on demand', () => {
    const room = { width: 800, height: 800 }
    expect(madeAhead(CONFIG, made(), room)).toBe('/p/large')
    expect(madeAhead(SIZED, made(), room)).toBeUndefined()
  })

  it('is none of a picture that has none', () => {
    expect(madeAhead(CONFIG, picture({ status: 'processing' }), ROOM)).toBeUndefined()
  })
})

describe('a grid', () => {
  const DATE = '2026-05-01'
  const rows = [A, B].map(
    (id): Row =>
      ({ id, date: DATE, status: 'ready', width: 400, height: 300, labels: [] }) as unknown as Row,
  )
  const list: Listed = {
    days: ref([{ date: DATE, count: 2 }]),
    rows: () => rows,
    complete: ref(true),
    want: () => undefined,
  } as unknown as Listed
  const selection = select()
  let view: VueWrapper

  beforeEach(async () => {
    vi.useFakeTimers()
    vi.stubGlobal('scrollTo', () => undefined)
    vi.stubGlobal(
      'ResizeObserver',
      class {
        constructor(private readonly seen: () => void) {}
        observe = (): void => this.seen()
        disconnect = (): void => undefined
      },
    )
    vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(1000)
    view = mount(Grid, {
      props: { list, selection, target: 220 },
      attachTo: document.body,
      global: {
        plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]],
        provide: { [HERE as symbol]: { config: CONFIG, session: SESSION, api: connect(SESSION) } },
      },
    })
    await flushPromises()
    asked = []
  })
  afterEach(() => {
    view.unmount()
    selection.clear()
    vi.unstubAllGlobals()
  })

  function tile(id: string) {
    return view.get(`[data-id="${id}"] a`)
  }

  async function point(id: string, pointerType = 'mouse'): Promise<string[]> {
    tile(id).element.dispatchEvent(new PointerEvent('pointerover', { bubbles: true, pointerType }))
    await vi.advanceTimersByTimeAsync(100)
    await vi.dynamicImportSettled()
    await vi.advanceTimersByTimeAsync(100)
    return asked
  }

  it('fetches what a mouse or a pen rests on, and nothing under a finger', async () => {
    expect(await point(A, 'touch')).toEqual([])
    expect(await point(A)).toEqual([`/api/pictures/${A}`, '/p/large low'])
    asked = []
    expect(await point(B, 'pen')).toEqual([`/api/pictures/${B}`, '/p/large low'])
  })

  it('fetches what the focus of the keyboard rests on, not what it leaves', async () => {
    await (tile(A).element as HTMLElement).focus()
    await (tile(B).element as HTMLElement).focus()
    await vi.advanceTimersByTimeAsync(100)
    expect(asked).toEqual([`/api/pictures/${B}`, '/p/large low'])
  })

  it('fetches nothing while selecting, without a network, or for those who save data', async () => {
    selection.toggle(B)
    expect(await point(A)).toEqual([])
    selection.clear()
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    expect(await point(B)).toEqual([])
    vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(true)
    Object.assign(navigator, { connection: { saveData: true } })
    expect(await point(A)).toEqual([])
    Object.assign(navigator, { connection: undefined })
    expect(await point(B)).toEqual([`/api/pictures/${B}`, '/p/large low'])
  })

  it('fetches nothing that the pointer leaves, or that scrolls under it', async () => {
    tile(A).element.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))
    view.get('.grid').element.dispatchEvent(new PointerEvent('pointerleave'))
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked).toEqual([])
    tile(A).element.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))
    for (let scrolls = 0; scrolls < 10; scrolls++) {
      await vi.advanceTimersByTimeAsync(90)
      dispatchEvent(new Event('scroll'))
    }
    expect(asked).toEqual([])
  })
})
