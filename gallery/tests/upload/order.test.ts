import { expect, it } from 'vitest'
import {
  counted,
  retriable,
  settled,
  unfinished,
  underWay,
  type Entry,
  type State,
} from '@/upload/entry'
import { ordered } from '@/upload/order'

it('what needs the person comes first, and what is done last', () => {
  const states: State[] = [
    'ready',
    'waiting',
    'sent',
    'unsent',
    'sending',
    'held',
    'failed',
    'lost',
  ]
  const entries = states.map((state) => ({ state }) as Entry)
  expect(ordered(entries).map(({ state }) => state)).toEqual([
    'unsent',
    'failed',
    'lost',
    'sending',
    'sent',
    'waiting',
    'held',
    'ready',
  ])
})

it.each<[State, string]>([
  ['waiting', 'unfinished counted'],
  ['signing', 'unfinished counted'],
  ['sending', 'unfinished counted'],
  ['sent', 'underWay counted'],
  ['received', 'underWay counted'],
  ['processing', 'underWay counted'],
  ['ready', 'settled counted'],
  ['held', 'settled counted'],
  ['rejected', 'settled counted'],
  ['failed', 'settled counted'],
  ['deleted', 'settled counted'],
  ['refused', 'settled'],
  ['twice', 'settled'],
  ['unsent', 'retriable counted'],
  ['tomorrow', 'retriable counted'],
  ['lost', ''],
])('%s is %s', (state, what) => {
  const all = Object.entries({ unfinished, underWay, retriable, settled, counted })
  const found = all.filter(([, is]) => is(state)).map(([name]) => name)
  expect(found.join(' ')).toBe(what)
})
