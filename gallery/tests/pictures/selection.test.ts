import { expect, it } from 'vitest'
import { select } from '@/pictures/selection'

const ALL = ['a', 'b', 'c', 'd', 'e']

it('a range goes from the picture chosen last, in either direction', () => {
  const selection = select()
  selection.toggle('c')
  selection.extend('a', ALL)
  selection.extend('d', ALL)
  expect([...selection.ids].toSorted()).toEqual(['a', 'b', 'c', 'd'])
})

it('a range without a beginning is the one picture', () => {
  const selection = select()
  selection.extend('b', ALL)
  expect([...selection.ids]).toEqual(['b'])
})

it('a range whose beginning left the list is the one picture, and begins there', () => {
  const selection = select()
  selection.toggle('gone')
  selection.extend('b', ALL)
  selection.extend('d', ALL)
  expect([...selection.ids].toSorted()).toEqual(['b', 'c', 'd', 'gone'])
})

it('a day is selected whole, and unselected only if it is whole', () => {
  const selection = select()
  selection.toggle('b')
  selection.toggleAll(['a', 'b'])
  expect([...selection.ids].toSorted()).toEqual(['a', 'b'])
  selection.toggleAll(['a', 'b'])
  expect(selection.active.value).toBe(false)
})
