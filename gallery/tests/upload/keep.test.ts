// @vitest-environment node
import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, it } from 'vitest'
import { openTabs, Shelf, type Kept, type Tabs } from '@/upload/keep'

beforeEach(() => void (globalThis.indexedDB = new IDBFactory()))

const tabs = (own: string, ...open: string[]): Tabs => ({
  own,
  open: async () => new Set([own, ...open]),
})

const kept = (key: string, more: Partial<Kept> = {}): Kept => ({
  key,
  name: `${key}.jpg`,
  folder: '',
  bytes: 10,
  modified: 1,
  type: 'image/jpeg',
  tried: false,
  sent: false,
  ...more,
})

it('a later page inherits what an earlier one left', async () => {
  const earlier = await Shelf.open('ann', tabs('1'))
  await earlier.write([kept('a'), kept('b', { id: 'x', partBytes: 8, tried: true })], [])
  await earlier.write([kept('c')], ['a'])
  const later = await Shelf.open('ann', tabs('2'))
  expect(await later.inherit()).toEqual([
    kept('b', { id: 'x', partBytes: 8, tried: true }),
    kept('c'),
  ])
})

it('another person inherits nothing', async () => {
  await (await Shelf.open('ann', tabs('1'))).write([kept('a')], [])
  expect(await (await Shelf.open('rita', tabs('2'))).inherit()).toEqual([])
})

it('what a tab is uploading that is still open is left to it', async () => {
  await (await Shelf.open('ann', tabs('1'))).write([kept('a')], [])
  expect(await (await Shelf.open('ann', tabs('2', '1'))).inherit()).toEqual([])
  expect(await (await Shelf.open('ann', tabs('3'))).inherit()).toEqual([kept('a')])
})

it('what was inherited belongs to the tab that inherited it', async () => {
  await (await Shelf.open('ann', tabs('1'))).write([kept('a')], [])
  await (await Shelf.open('ann', tabs('2'))).inherit()
  expect(await (await Shelf.open('ann', tabs('3', '2'))).inherit()).toEqual([])
})

it('the folder that files were dropped from is kept once, and as long as it is needed', async () => {
  const root = { kind: 'directory', name: 'trip' } as FileSystemHandle
  const earlier = await Shelf.open('ann', tabs('1'))
  await earlier.write([kept('a', { root }), kept('b', { root })], [])
  await earlier.write([], ['a'])
  await earlier.tidy()
  const later = await Shelf.open('ann', tabs('2'))
  expect(await later.inherit()).toEqual([kept('b', { root })])
  await later.write([], ['b'])
  await later.tidy()
  await later.write([kept('c')], [])
  expect(await (await Shelf.open('ann', tabs('3'))).inherit()).toEqual([kept('c')])
})

it('a tab is open as long as it holds its lock', async () => {
  const held: string[] = []
  const locks = {
    request: (name: string, callback: () => Promise<void>) => {
      held.push(name)
      return callback()
    },
    query: async () => ({ held: held.map((name) => ({ name })) }),
  } as unknown as LockManager
  const first = await openTabs(locks)
  const second = await openTabs(locks)
  expect(await first.open()).toEqual(new Set([first.own, second.own]))
  expect((await openTabs(undefined)).own).not.toBe(first.own)
})
