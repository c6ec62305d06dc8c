/** Files of what was dropped or chosen, folders included, a slice at a time. */
import type { Chosen } from './entry'
import { isLitter } from './files'

/** One thing that was dropped. */
export interface Dropped {
  entry: FileSystemEntry | null
  file: File | null
  handle: Promise<FileSystemHandle | undefined>
}

type Item = DataTransferItem & {
  getAsFileSystemHandle?: () => Promise<FileSystemHandle | null>
}

/** Must be called before the drop event is over. */
export function droppedOf(items: DataTransferItemList): Dropped[] {
  return [...items]
    .filter((item) => item.kind === 'file')
    .map((item: Item) => ({
      entry: item.webkitGetAsEntry?.() ?? null,
      file: item.getAsFile(),
      handle: handleOf(item),
    }))
}

async function handleOf(item: Item): Promise<FileSystemHandle | undefined> {
  try {
    return (await item.getAsFileSystemHandle?.()) ?? undefined
  } catch {
    return undefined
  }
}

/** The files, as they are found. What cannot be read is left to `unreadable`. */
export async function* walk(
  dropped: Dropped[],
  unreadable: (name: string) => void,
): AsyncGenerator<Chosen[]> {
  const single: Chosen[] = []
  for (const { entry, file, handle } of dropped) {
    const root = await handle
    if (entry?.isDirectory) {
      yield* walkFolder(entry as FileSystemDirectoryEntry, '', root, unreadable)
    } else if (file) single.push({ file, folder: '', ...(root && { root }) })
  }
  if (single.length) yield single
}

async function* walkFolder(
  folder: FileSystemDirectoryEntry,
  above: string,
  root: FileSystemHandle | undefined,
  unreadable: (name: string) => void,
): AsyncGenerator<Chosen[]> {
  const path = `${above}${folder.name}/`
  const reader = folder.createReader()
  const folders: FileSystemDirectoryEntry[] = []
  for (;;) {
    let slice: FileSystemEntry[]
    try {
      // Browsers return about a hundred, and nothing at the end.
      slice = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))
    } catch {
      unreadable(path)
      break
    }
    if (!slice.length) break
    const files = await Promise.all(
      slice
        .filter((each) => each.isFile && !isLitter(each.name))
        .map(async (each) => {
          const file = await fileOf(each as FileSystemFileEntry)
          if (!file) unreadable(path + each.name)
          return file
        }),
    )
    const chosen = files
      .filter((file) => file !== undefined)
      .map((file) => ({ file, folder: path, ...(root && { root }) }))
    if (chosen.length) yield chosen
    for (const each of slice) {
      if (each.isDirectory && !each.name.startsWith('.')) {
        folders.push(each as FileSystemDirectoryEntry)
      }
    }
  }
  for (const each of folders) yield* walkFolder(each, path, root, unreadable)
}

async function fileOf(entry: FileSystemFileEntry): Promise<File | undefined> {
  try {
    return await new Promise((resolve, reject) => entry.file(resolve, reject))
  } catch {
    return undefined
  }
}

/** The files of an input; of a folder's, without what systems leave there. */
export function chosenOf(files: Iterable<File>): Chosen[] {
  const chosen: Chosen[] = []
  for (const file of files) {
    const path = file.webkitRelativePath ?? ''
    const folder = path.slice(0, path.lastIndexOf('/') + 1)
    if (!folder || !isLitter(file.name)) chosen.push({ file, folder })
  }
  return chosen
}

type Askable = FileSystemHandle & {
  requestPermission?: (options: { mode: 'read' }) => Promise<PermissionState>
}

/** Whether what was dropped in an earlier page may be read; the browser asks the person. */
export async function mayRead(root: FileSystemHandle): Promise<boolean> {
  const state = await (root as Askable).requestPermission?.({ mode: 'read' })
  return state === undefined || state === 'granted'
}

/** A file of an earlier drop, if it is still there. */
export async function findIn(
  root: FileSystemHandle,
  folder: string,
  name: string,
): Promise<File | undefined> {
  try {
    if (root.kind === 'file') return await (root as FileSystemFileHandle).getFile()
    let place = root as FileSystemDirectoryHandle
    // The first is the root's own name.
    for (const each of folder.split('/').slice(1, -1)) place = await place.getDirectoryHandle(each)
    return await (await place.getFileHandle(name)).getFile()
  } catch {
    return undefined
  }
}
