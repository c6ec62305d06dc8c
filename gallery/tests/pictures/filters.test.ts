import { expect, it } from 'vitest'
import {
  addressOf,
  filtersOf,
  isEmpty,
  queryOf,
  readyOnly,
  withCondition,
  withoutCondition,
} from '@/pictures/filters'

const CAT = { field: 'label', value: 'Cat', excluded: false } as const

it('an address and its filters are the same in either direction', () => {
  const address = { label: 'Cat,Sofa', '-label': 'Dog', status: 'held', from: '2026-01-31' }
  expect(queryOf(filtersOf(address))).toEqual(address)
})

it('what is no filter in an address is ignored, whatever was typed', () => {
  const filters = filtersOf({ status: 'pretty,,', from: 'yesterday', to: ['a', 'b'], label: ' , ' })
  expect(isEmpty(filters)).toBe(true)
})

it.each(['2026-99-99', '2026-00-10', '2026-01-40'])(
  'a day that is none, %s, is ignored, as the API refuses it',
  (from) => {
    expect(isEmpty(filtersOf({ from, to: from }))).toBe(true)
  },
)

it('a condition that is added with the other sign replaces the first', () => {
  const filters = withCondition(filtersOf({ label: 'cat' }), { ...CAT, excluded: true })
  expect(queryOf(filters)).toEqual({ '-label': 'Cat' })
})

it('a condition is removed whatever its sign and letter case', () => {
  expect(withoutCondition(filtersOf({ '-label': 'CAT' }), CAT).conditions).toEqual([])
})

it('filters replace those in an address, and leave the rest of it', () => {
  const before = { label: 'Dog', '-camera': 'X', from: '2026-01-01', panel: '1' }
  expect(addressOf(before, filtersOf({ label: 'Cat' }))).toEqual({ label: 'Cat', panel: '1' })
})

it('a list of ready pictures keeps every filter but those on the state', () => {
  const address = { status: 'held', '-status': 'failed', '-label': 'Dog', to: '2026-01-31' }
  expect(queryOf(readyOnly(filtersOf(address)))).toEqual({ '-label': 'Dog', to: '2026-01-31' })
})
