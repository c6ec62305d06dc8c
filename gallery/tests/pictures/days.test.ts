// @vitest-environment node
import { expect, it } from 'vitest'
import type { Api, Row } from '@/api/client'
import { Problem } from '@/api/problems'
import { grouped, listDays, stretches, type Day } from '@/pictures/days'

function day(date: string, pictures: number): Day {
  return { date, pictures, states: { ready: pictures } }
}

/** The API with these pictures per day; pages of rows hold at most two. */
function fake(counts: Record<string, number>): { api: Api; asked: string[] } {
  const asked: string[] = []
  const rows = (date: string): Row[] =>
    Array.from({ length: counts[date] ?? 0 }, (_, at) => ({ id: `${date}-${at}`, date }) as Row)
  const GET = async (path: string, { params: { query } }: { params: { query: Query } }) => {
    const days = Object.keys(counts).toSorted().toReversed()
    if (path.endsWith('dates')) {
      const at = Number(query.cursor ?? 0)
      const date = days[at]
      return {
        data: {
          days: date ? [day(date, counts[date]!)] : [],
          cursor: at + 1 < days.length ? `${at + 1}` : null,
        },
        response: new Response(),
      }
    }
    if (query.from) asked.push(`${query.to}..${query.from}`)
    const wanted = days
      .filter((each) => !query.from || (query.from <= each && each <= query.to))
      .flatMap(rows)
    const at = Number(query.cursor ?? 0)
    return {
      data: {
        pictures: wanted.slice(at, at + 2),
        cursor: at + 2 < wanted.length ? `${at + 2}` : null,
      },
      response: new Response(),
    }
  }
  return { api: { GET } as unknown as Api, asked }
}

interface Query {
  from: string
  to: string
  cursor?: string
}

const settled = (): Promise<void> => new Promise((done) => setTimeout(done, 10))

it('the newest whole days are there before every day is counted', async () => {
  const { api } = fake({ '2026-01-01': 3, '2026-01-02': 1, '2026-01-03': 1 })
  let release = (): void => undefined
  const held = new Promise<void>((done) => (release = done))
  const slow = {
    GET: async (path: string, ...given: never[]) => {
      if (path.endsWith('dates')) await held
      return (api.GET as CallableFunction)(path, ...given)
    },
  } as unknown as Api
  const list = listDays(slow, {})
  const refreshed = list.refresh()
  await settled()
  expect(list.days.value.map(({ date }) => date)).toEqual(['2026-01-03'])
  expect([list.rows('2026-01-03')?.length, list.complete.value]).toEqual([1, false])
  release()
  await refreshed
  expect(list.days.value.map(({ date }) => date)).toEqual([
    '2026-01-03',
    '2026-01-02',
    '2026-01-01',
  ])
})

it('the first pictures are asked for alone, and not again if the counts agree with them', async () => {
  const { api } = fake({ '2026-01-01': 1, '2026-01-02': 1, '2026-01-03': 1 })
  const asked: string[] = []
  const watched = {
    GET: async (path: string, given: { params: { query: Query } }) => {
      asked.push(`${path} ${given.params.query.from ?? ''}`)
      const answer = await (api.GET as CallableFunction)(path, given)
      for (const row of answer.data.pictures ?? []) row.status = 'ready'
      asked.push('answered')
      return answer
    },
  } as unknown as Api
  const list = listDays(watched, {})
  await list.refresh()
  expect(asked.slice(0, 3)).toEqual(['/api/pictures ', 'answered', '/api/pictures/dates '])
  expect(asked.filter((each) => each.startsWith('/api/pictures '))).toEqual(['/api/pictures '])
  expect(list.rows('2026-01-03')?.length).toBe(1)
})

it('two requests for pictures are under way at most, and those no longer wanted are left out', async () => {
  const counts = Object.fromEntries(['5', '4', '3', '2', '1'].map((at) => [`2026-01-0${at}`, 300]))
  const asked: string[] = []
  const answers: (() => void)[] = []
  const api = {
    GET: async (path: string, { params: { query } }: { params: { query: Query } }) => {
      const response = new Response()
      if (path.endsWith('dates')) {
        const days = Object.entries(counts).map(([date, pictures]) => day(date, pictures))
        return { data: { days, cursor: null }, response }
      }
      if (query.from) {
        asked.push(query.from)
        await new Promise<void>((done) => answers.push(done))
      }
      return { data: { pictures: [], cursor: null }, response }
    },
  } as unknown as Api
  const list = listDays(api, {})
  await list.refresh()
  list.want(['2026-01-05', '2026-01-04', '2026-01-03'])
  await settled()
  expect(asked).toEqual(['2026-01-05', '2026-01-04'])
  list.want(['2026-01-02', '2026-01-01'])
  answers.shift()!()
  await settled()
  expect(asked).toEqual(['2026-01-05', '2026-01-04', '2026-01-02'])
  answers.splice(0).forEach((answer) => answer())
  await settled()
  answers.splice(0).forEach((answer) => answer())
  await settled()
  expect(asked).toEqual(['2026-01-05', '2026-01-04', '2026-01-02', '2026-01-01'])
})

it('every day is counted, however many pages the counts take', async () => {
  const list = listDays(fake({ '2026-01-01': 3, '2026-01-02': 1 }).api, {})
  await list.refresh()
  expect(list.days.value.map(({ date, pictures }) => [date, pictures])).toEqual([
    ['2026-01-02', 1],
    ['2026-01-01', 3],
  ])
  expect([list.total.value, list.states.value, list.complete.value]).toEqual([
    4,
    { ready: 4 },
    true,
  ])
})

it('pictures of a day arrive when they are wanted, once, and of no other day', async () => {
  const { api, asked } = fake({ '2026-01-01': 3, '2026-01-02': 1, '2026-01-03': 2 })
  const list = listDays(api, {})
  await list.refresh()
  list.want(['2026-01-01'])
  list.want(['2026-01-01'])
  await settled()
  expect(list.rows('2026-01-01')?.length).toBe(3)
  expect(list.rows('2026-01-02')).toBeUndefined()
  expect(asked).toEqual(['2026-01-01..2026-01-01', '2026-01-01..2026-01-01'])
})

it('a refresh brings what has changed, and drops days that are gone', async () => {
  const counts: Record<string, number> = { '2026-01-01': 1, '2026-01-02': 1 }
  const list = listDays(fake(counts).api, {})
  await list.refresh()
  list.want(['2026-01-02', '2026-01-01'])
  await settled()
  counts['2026-01-02'] = 2
  delete counts['2026-01-01']
  await list.refresh()
  expect(list.rows('2026-01-02')?.length).toBe(2)
  expect([list.rows('2026-01-01'), list.total.value]).toEqual([undefined, 2])
})

it('what is hidden is missing at once, and back at once', async () => {
  const list = listDays(fake({ '2026-01-01': 2 }).api, {})
  await list.refresh()
  list.want(['2026-01-01'])
  await settled()
  const back = list.hide(['2026-01-01-0'])
  expect([list.rows('2026-01-01')?.map(({ id }) => id), list.total.value]).toEqual([
    ['2026-01-01-1'],
    1,
  ])
  back()
  expect(list.total.value).toBe(2)
})

it('what is hidden counts no more once the API leaves it out too', async () => {
  const counts = { '2026-01-01': 2 }
  const list = listDays(fake(counts).api, {})
  await list.refresh()
  list.want(['2026-01-01'])
  await settled()
  list.hide(['2026-01-01-1'])
  expect(list.total.value).toBe(1)
  counts['2026-01-01'] = 1
  await list.refresh()
  expect(list.total.value).toBe(1)
})

it('a change is shown in the place of the picture', async () => {
  const list = listDays(fake({ '2026-01-01': 3 }).api, {})
  await list.refresh()
  list.want(['2026-01-01'])
  await settled()
  const row = list.rows('2026-01-01')![1]!
  list.update(row, { status: 'ready', date: '2020-01-01' })
  list.update({ ...row, id: 'unknown' }, { status: 'failed' })
  expect(list.rows('2026-01-01')!.map(({ id, status }) => [id, status])).toEqual([
    ['2026-01-01-0', undefined],
    ['2026-01-01-1', 'ready'],
    ['2026-01-01-2', undefined],
  ])
})

it('a failure is kept, and gone after the next success', async () => {
  const { api } = fake({ '2026-01-01': 1 })
  let broken = true
  const list = listDays(
    {
      GET: (...given: never[]) =>
        broken ? Promise.reject(new Error()) : (api.GET as any)(...given),
    } as Api,
    {},
  )
  await list.refresh()
  expect(list.failure.value).toBeInstanceOf(Error)
  broken = false
  await list.refresh()
  expect(list.failure.value).toBeUndefined()
})

it('that days could not be counted is not forgotten when pictures of others arrive', async () => {
  const { api } = fake({ '2026-01-01': 3, '2026-01-02': 3 })
  const broken = {
    GET: (path: string, given: { params: { query: Query } }) =>
      path.endsWith('dates') && given.params.query.cursor
        ? Promise.reject(new Error())
        : (api.GET as CallableFunction)(path, given),
  } as unknown as Api
  const list = listDays(broken, {})
  await list.refresh()
  list.want(['2026-01-02'])
  await settled()
  expect([list.rows('2026-01-02')?.length, list.complete.value]).toEqual([3, false])
  expect(list.failure.value).toBeInstanceOf(Error)
})

it('requests are for neighbouring days, about 300 pictures at once', () => {
  const days = [day('5', 100), day('4', 150), day('3', 100), day('2', 900), day('1', 1)]
  const all = days.map(({ date }) => date)
  expect(grouped(days, all, () => false)).toEqual([['5', '4'], ['3'], ['2'], ['1']])
  expect(grouped(days, all, (date) => date === '4')).toEqual([['5'], ['3'], ['2'], ['1']])
})

it('days of one month share a heading as long as they have few pictures together', () => {
  const days = [
    day('2026-03-09', 2),
    day('2026-03-04', 2),
    day('2026-03-03', 2),
    day('2026-03-02', 9),
    day('2026-02-28', 1),
  ]
  expect(stretches(days, 5).map(({ dates, count }) => [dates, count])).toEqual([
    [['2026-03-09', '2026-03-04'], 4],
    [['2026-03-03'], 2],
    [['2026-03-02'], 9],
    [['2026-02-28'], 1],
  ])
})

it('days that did not arrive are asked for again without being scrolled to', async () => {
  const { api, asked } = fake({ '2026-01-01': 1, '2026-01-02': 200, '2026-01-03': 200 })
  let reachable = true
  const list = listDays(
    {
      GET: async (...given: never[]) => {
        if (!reachable) throw new TypeError('Failed to fetch')
        return (api.GET as CallableFunction)(...given)
      },
    } as unknown as Api,
    {},
  )
  await list.refresh()
  reachable = false
  list.want(['2026-01-02'])
  await settled()
  expect(list.rows('2026-01-02')).toBeUndefined()
  expect(list.failure.value).toBeInstanceOf(Problem)
  reachable = true
  await list.again()
  await settled()
  expect(list.rows('2026-01-02')).toHaveLength(200)
  expect(list.failure.value).toBeUndefined()
  expect(asked.at(-1)).toBe('2026-01-02..2026-01-02')
})
