// @vitest-environment node
import { expect, it } from 'vitest'
import type { Chosen } from '@/upload/entry'
import { chosenOf, findIn, mayRead, walk, type Dropped } from '@/upload/walk'

type Tree = { [name: string]: Tree | 'file' | 'broken' }

function entryOf(name: string, node: Tree[string]): FileSystemEntry {
  if (node === 'file' || node === 'broken') {
    const file = (done: (file: File) => void, fail: (error: Error) => void): void =>
      node === 'file' ? done(new File(['x'], name)) : fail(new Error('gone'))
    return { isFile: true, isDirectory: false, name, file } as unknown as FileSystemEntry
  }
  const rest = Object.entries(node).map(([each, below]) => entryOf(each, below))
  // As browsers do: a slice at a time, until there is none.
  const readEntries = (done: (slice: FileSystemEntry[]) => void): void => done(rest.splice(0, 100))
  const createReader = () => ({ readEntries })
  return { isFile: false, isDirectory: true, name, createReader } as unknown as FileSystemEntry
}

function drop(name: string, node: Tree[string], handle?: FileSystemHandle): Dropped {
  const file = typeof node === 'string' ? new File(['x'], name) : null
  return { entry: entryOf(name, node), file, handle: Promise.resolve(handle) }
}

async function collect(dropped: Dropped[]): Promise<{ slices: Chosen[][]; unreadable: string[] }> {
  const unreadable: string[] = []
  const slices: Chosen[][] = []
  for await (const slice of walk(dropped, (name) => unreadable.push(name))) slices.push(slice)
  return { slices, unreadable }
}

const paths = (slices: Chosen[][]): string[] =>
  slices.flat().map(({ folder, file }) => folder + file.name)

it('folders are walked to the bottom', async () => {
  const tree: Tree = { 'a.jpg': 'file', deep: { deeper: { 'b.jpg': 'file' } }, 'c.jpg': 'file' }
  const { slices } = await collect([drop('trip', tree), drop('single.jpg', 'file')])
  expect(paths(slices)).toEqual([
    'trip/a.jpg',
    'trip/c.jpg',
    'trip/deep/deeper/b.jpg',
    'single.jpg',
  ])
})

it('thousands of files come in slices', async () => {
  const tree = Object.fromEntries(
    Array.from({ length: 2500 }, (_, each) => [`${each}.jpg`, 'file' as const]),
  )
  const { slices } = await collect([drop('trip', tree)])
  expect(slices.map((each) => each.length)).toEqual(Array(25).fill(100))
})

it('what systems leave in folders is left out', async () => {
  const tree: Tree = { '.DS_Store': 'file', 'Thumbs.db': 'file', '.git': { x: 'file' }, a: 'file' }
  expect(paths((await collect([drop('trip', tree)])).slices)).toEqual(['trip/a'])
})

it('what cannot be read is named, and the rest goes on', async () => {
  const { slices, unreadable } = await collect([drop('trip', { a: 'broken', b: 'file' })])
  expect(paths(slices)).toEqual(['trip/b'])
  expect(unreadable).toEqual(['trip/a'])
})

it('a dropped thing keeps its handle', async () => {
  const handle = { kind: 'file' } as FileSystemHandle
  const { slices } = await collect([drop('a.jpg', 'file', handle)])
  expect(slices[0]?.[0]?.root).toBe(handle)
})

it('an input of a folder gives the folders of its files', () => {
  const inFolder = (path: string): File =>
    Object.defineProperty(new File(['x'], path.split('/').at(-1) ?? ''), 'webkitRelativePath', {
      value: path,
    })
  const files = [inFolder('trip/day 1/a.jpg'), inFolder('trip/.DS_Store'), new File(['x'], 'b.jpg')]
  expect(chosenOf(files).map(({ folder, file }) => [folder, file.name])).toEqual([
    ['trip/day 1/', 'a.jpg'],
    ['', 'b.jpg'],
  ])
})

function folderHandle(tree: Tree): FileSystemHandle {
  const at = (name: string): Tree[string] => {
    const found = tree[name]
    if (!found) throw new DOMException('', 'NotFoundError')
    return found
  }
  return {
    kind: 'directory',
    getDirectoryHandle: async (name: string) => folderHandle(at(name) as Tree),
    getFileHandle: async (name: string) => at(name) && { getFile: async () => new File([], name) },
  } as unknown as FileSystemHandle
}

it('a file is found again in the folder that was dropped', async () => {
  const root = folderHandle({ 'day 1': { 'a.jpg': 'file' }, 'b.jpg': 'file' })
  expect((await findIn(root, 'trip/day 1/', 'a.jpg'))?.name).toBe('a.jpg')
  expect((await findIn(root, 'trip/', 'b.jpg'))?.name).toBe('b.jpg')
  expect(await findIn(root, 'trip/day 2/', 'a.jpg')).toBe(undefined)
})

it('an earlier drop is read only with permission', async () => {
  const asked = (state: PermissionState): FileSystemHandle =>
    ({ requestPermission: async () => state }) as unknown as FileSystemHandle
  expect(await mayRead(asked('granted'))).toBe(true)
  expect(await mayRead(asked('denied'))).toBe(false)
})
