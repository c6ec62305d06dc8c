import { expect, it } from 'vitest'
import { Quarters } from '@/upload/quarters'

it('quarters and the end are told once each', () => {
  const quarters = new Quarters()
  const told = Array.from({ length: 101 }, (_, done) => quarters.due(done, 100, done === 100))
  expect(told.flatMap((due, done) => (due ? [[done, due]] : []))).toEqual([
    [25, 1],
    [50, 2],
    [75, 3],
    [100, 'end'],
  ])
  expect(quarters.due(100, 100, true)).toBe(undefined)
})

it('what goes by in one step is told as its last quarter', () => {
  const quarters = new Quarters()
  quarters.due(0, 100, false)
  expect(quarters.due(60, 100, false)).toBe(2)
  expect(quarters.due(70, 100, false)).toBe(undefined)
})

it('files that are added later begin no quarter again', () => {
  const quarters = new Quarters()
  quarters.due(0, 10, false)
  expect(quarters.due(5, 10, false)).toBe(2)
  expect(quarters.due(5, 100, false)).toBe(undefined)
  expect(quarters.due(50, 100, false)).toBe(undefined)
  expect(quarters.due(75, 100, false)).toBe(3)
})
