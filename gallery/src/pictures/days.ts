/** The list as the grid knows it: every day's count first, its pictures only where they are seen. */
import PQueue from 'p-queue'
import {
  computed,
  shallowReactive,
  shallowRef,
  type ComputedRef,
  type Ref,
  type ShallowRef,
} from 'vue'
import { of, type Api, type Row, type Schemas, type Status } from '@/api/client'
import type { Query } from './filters'

export type Day = Schemas['Day']

/** About as many pictures as one request brings; a day is never divided between requests. */
const AT_ONCE = 300
/** Requests for pictures that are under way together; more would only wait for each other. */
const REQUESTS = 2
const PAGE = 1000
/** What fills a view at first, while the days are being counted. */
const HEAD = 100

/** What a grid shows. */
export interface Listed {
  days: Readonly<Ref<Day[]>>
  /** Whether every day is known. */
  complete: Readonly<Ref<boolean>>
  /** The pictures of a day, as far as they have arrived. */
  rows: (date: string) => Row[] | undefined
  /** Make sure that the pictures of these days arrive; of days named before, only what was asked
   * for already. */
  want: (dates: string[]) => void
}

export interface Days extends Listed {
  failure: ShallowRef<unknown>
  total: ComputedRef<number>
  states: ComputedRef<Partial<Record<Status, number>>>
  /** Get the counts again, and the pictures of days that have changed or are named. */
  refresh: (dates?: string[]) => Promise<void>
  /** Get what failed to arrive: the counts, and the pictures that were wanted last. */
  again: () => Promise<void>
  /** Change what is known of a picture, where it is: nothing moves before the next refresh. */
  update: (row: Row, change: Partial<Row>) => void
  /** Leave pictures out at once, before the API knows of it; returns how to bring them back. */
  hide: (ids: string[]) => () => void
}

export function listDays(api: Api, query: Query): Days {
  const days = shallowRef<Day[]>([])
  const complete = shallowRef(false)
  const failure = shallowRef<unknown>()
  const loaded = shallowReactive(new Map<string, Row[]>())
  const loading = new Set<string>()
  const requests = new PQueue({ concurrency: REQUESTS })
  let wanted: string[][] = []
  let wantedLast: string[] = []
  const hidden = shallowReactive(new Set<string>())

  async function count(): Promise<Day[]> {
    const found = new Map<string, Day>()
    let cursor: string | undefined
    do {
      const page = await of(
        api.GET('/api/pictures/dates', {
          params: { query: { ...query, ...(cursor ? { cursor } : {}) } },
        }),
      )
      for (const day of page.days) found.set(day.date, joined(found.get(day.date), day))
      cursor = page.cursor ?? undefined
      // While the first count is under way, what is known of it is shown.
      if (!complete.value) days.value = [...found.values()]
    } while (cursor)
    return [...found.values()]
  }

  /** Show the newest pictures before every day is counted. */
  async function head(): Promise<void> {
    const page = await of(
      api.GET('/api/pictures', { params: { query: { ...query, limit: HEAD } } }),
    )
    if (days.value.length || complete.value) return
    const found = Map.groupBy(page.pictures, (row) => row.date.slice(0, 10))
    const whole = [...found.keys()]
    // The last day may go on in the next page.
    if (page.cursor) whole.pop()
    for (const date of whole) loaded.set(date, found.get(date)!)
    days.value = whole.map((date) => dayOf(date, found.get(date)!))
  }

  async function refresh(dates: string[] = []): Promise<void> {
    // What is seen first competes with nothing.
    if (!complete.value) await head().catch(() => undefined)
    try {
      const before = new Map(days.value.map((day) => [day.date, day]))
      const now = await count()
      const changed = now.filter((day) => !isSame(day, before.get(day.date) ?? day))
      const again = [...new Set([...changed.map((day) => day.date), ...dates])]
      await requests.addAll(
        again.filter((date) => loaded.has(date)).map((date) => () => load([date], true)),
      )
      for (const date of loaded.keys())
        if (!now.some((day) => day.date === date)) loaded.delete(date)
      days.value = now
      complete.value = true
      failure.value = undefined
    } catch (error) {
      failure.value = error
    }
  }

  async function load(dates: string[], whole: boolean): Promise<void> {
    for (const date of dates) loading.add(date)
    try {
      const found = new Map<string, Row[]>(dates.map((date) => [date, []]))
      let cursor: string | undefined
      do {
        const page = await of(
          api.GET('/api/pictures', {
            params: {
              query: {
                ...query,
                from: dates.at(-1)!,
                to: dates[0]!,
                limit: PAGE,
                ...(cursor ? { cursor } : {}),
              },
            },
          }),
        )
        for (const row of page.pictures) found.get(row.date.slice(0, 10))?.push(row)
        cursor = page.cursor ?? undefined
        if (!whole) for (const [date, rows] of found) loaded.set(date, [...rows])
      } while (cursor)
      for (const [date, rows] of found) loaded.set(date, rows)
      // Days that could not be counted are still missing.
      if (complete.value) failure.value = undefined
    } catch (error) {
      failure.value = error
    } finally {
      for (const date of dates) loading.delete(date)
    }
  }

  function want(dates: string[]): void {
    wantedLast = dates
    wanted = grouped(days.value, dates, (date) => loaded.has(date) || loading.has(date))
    for (const _ of wanted)
      void requests.add(async () => {
        const group = wanted.shift()
        if (group) await load(group, false)
      })
  }

  /** What is hidden and still in the list; what the API has left out since is not counted either. */
  function stillCounted(): number {
    if (!hidden.size) return 0
    return [...loaded.values()].flat().filter(({ id }) => hidden.has(id)).length
  }

  return {
    days,
    complete,
    failure,
    total: computed(() => days.value.reduce((sum, day) => sum + day.pictures, 0) - stillCounted()),
    states: computed(() => {
      const states: Partial<Record<Status, number>> = {}
      for (const day of days.value)
        for (const [state, count] of Object.entries(day.states) as [Status, number][])
          states[state] = (states[state] ?? 0) + count
      return states
    }),
    rows(date) {
      const rows = loaded.get(date)
      return rows && hidden.size ? rows.filter((row) => !hidden.has(row.id)) : rows
    },
    want,
    refresh,
    async again() {
      await refresh()
      want(wantedLast)
    },
    update(row, change) {
      const date = row.date.slice(0, 10)
      const rows = loaded.get(date)
      const place = rows?.findIndex(({ id }) => id === row.id) ?? -1
      if (rows && place >= 0) loaded.set(date, rows.with(place, { ...rows[place]!, ...change }))
    },
    hide(ids) {
      for (const id of ids) hidden.add(id)
      return () => {
        for (const id of ids) hidden.delete(id)
      }
    },
  }
}

function dayOf(date: string, rows: Row[]): Day {
  const states: Day['states'] = {}
  for (const { status } of rows) states[status] = (states[status] ?? 0) + 1
  return { date, pictures: rows.length, states }
}

function isSame(one: Day, other: Day): boolean {
  const states = Object.keys({ ...one.states, ...other.states }) as Status[]
  return (
    one.pictures === other.pictures &&
    states.every((state) => (one.states[state] ?? 0) === (other.states[state] ?? 0))
  )
}

function joined(before: Day | undefined, day: Day): Day {
  if (!before) return day
  const states = { ...before.states }
  for (const [state, count] of Object.entries(day.states) as [Status, number][])
    states[state] = (states[state] ?? 0) + count
  return { date: day.date, pictures: before.pictures + day.pictures, states }
}

/** Ranges of consecutive days that are wanted and not `known`, each of about 300 pictures. */
export function grouped(
  days: Day[],
  wanted: string[],
  known: (date: string) => boolean,
): string[][] {
  const groups: string[][] = []
  const wants = new Set(wanted)
  let group: string[] = []
  let pictures = 0
  const close = (): void => {
    if (group.length) groups.push(group)
    group = []
    pictures = 0
  }
  for (const day of days) {
    if (!wants.has(day.date) || known(day.date)) {
      close()
      continue
    }
    if (pictures && pictures + day.pictures > AT_ONCE) close()
    group.push(day.date)
    pictures += day.pictures
  }
  close()
  return groups
}

export interface Stretch {
  /** The latest of its days. */
  date: string
  dates: string[]
  count: number
}

/** Days under one heading: neighbours of the same month that have at most `most` pictures together. */
export function stretches(days: Day[], most: number): Stretch[] {
  const found: Stretch[] = []
  for (const { date, pictures } of days) {
    const last = found.at(-1)
    if (last && last.count + pictures <= most && last.date.slice(0, 7) === date.slice(0, 7)) {
      last.dates.push(date)
      last.count += pictures
    } else found.push({ date, dates: [date], count: pictures })
  }
  return found
}
