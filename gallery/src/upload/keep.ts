/** What outlives the page: which files are not through yet, and where they can be found again. */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'

/** `root` is the dropped file or folder, where the browser can give it back. */
export interface Kept {
  key: string
  name: string
  folder: string
  bytes: number
  modified: number
  type: string
  id?: string
  partBytes?: number
  tried: boolean
  sent: boolean
  root?: FileSystemHandle
}

export interface Keep {
  /** Write these and remove those. */
  write(kept: Kept[], gone: string[]): Promise<void>
}

interface Row extends Omit<Kept, 'root'> {
  owner: string
  tab: string
  root?: string
}

interface Schema extends DBSchema {
  uploads: { key: string; value: Row; indexes: { owner: string } }
  /** Apart, as thousands of files may come from one folder. */
  roots: { key: string; value: FileSystemHandle }
}

/** Which tabs are open. */
export interface Tabs {
  own: string
  open(): Promise<Set<string>>
}

const PREFIX = 'uploads of tab '

/** Each tab holds a lock, which the browser releases when the tab is gone. */
export async function openTabs(locks: LockManager | undefined): Promise<Tabs> {
  const own = crypto.randomUUID()
  if (!locks) return { own, open: async () => new Set([own]) }
  await new Promise<void>((held) => {
    void locks.request(PREFIX + own, () => {
      held()
      return new Promise(() => {})
    })
  })
  return {
    own,
    async open() {
      const held = (await locks.query()).held ?? []
      return new Set(held.map(({ name = '' }) => name.slice(PREFIX.length)))
    },
  }
}

export class Shelf implements Keep {
  private readonly names = new Map<FileSystemHandle, string>()

  private constructor(
    private readonly db: IDBPDatabase<Schema>,
    private readonly owner: string,
    private readonly tabs: Tabs,
  ) {}

  static async open(owner: string, tabs: Tabs): Promise<Shelf> {
    const db = await openDB<Schema>('uploads', 1, {
      upgrade(db) {
        db.createObjectStore('uploads', { keyPath: 'key' }).createIndex('owner', 'owner')
        db.createObjectStore('roots')
      },
    })
    return new Shelf(db, owner, tabs)
  }

  /** What closed tabs have left unfinished; it belongs to this tab from now on. */
  async inherit(): Promise<Kept[]> {
    const open = await this.tabs.open()
    const change = this.db.transaction(['uploads', 'roots'], 'readwrite')
    const uploads = change.objectStore('uploads')
    const rows = await uploads.index('owner').getAll(this.owner)
    const left = rows.filter((each) => each.tab !== this.tabs.own && !open.has(each.tab))
    for (const row of left) void uploads.put({ ...row, tab: this.tabs.own })
    const roots = change.objectStore('roots')
    const needed = new Set(rows.map((each) => each.root))
    const handles = new Map<string, FileSystemHandle>()
    for (const name of await roots.getAllKeys()) {
      const handle = needed.has(name) ? await roots.get(name) : undefined
      if (handle) {
        handles.set(name, handle)
        this.names.set(handle, name)
      }
    }
    await change.done
    return left.map(({ owner: _owner, tab: _tab, root, ...kept }) => {
      const handle = root && handles.get(root)
      return handle ? { ...kept, root: handle } : kept
    })
  }

  async write(kept: Kept[], gone: string[]): Promise<void> {
    const change = this.db.transaction(['uploads', 'roots'], 'readwrite')
    const uploads = change.objectStore('uploads')
    for (const { root, ...each } of kept) {
      const row: Row = { ...each, owner: this.owner, tab: this.tabs.own }
      if (root) row.root = this.nameOf(root, (name) => change.objectStore('roots').put(root, name))
      void uploads.put(row)
    }
    for (const key of gone) void uploads.delete(key)
    await change.done
  }

  /** Remove the folders and files that no upload needs any more. */
  async tidy(): Promise<void> {
    const change = this.db.transaction(['uploads', 'roots'], 'readwrite')
    const needed = new Set<string>()
    for await (const { value } of change.objectStore('uploads')) {
      if (value.root) needed.add(value.root)
    }
    const roots = change.objectStore('roots')
    for (const name of await roots.getAllKeys()) {
      if (!needed.has(name)) void roots.delete(name)
    }
    await change.done
  }

  close(): void {
    this.db.close()
  }

  private nameOf(root: FileSystemHandle, first: (name: string) => unknown): string {
    const known = this.names.get(root)
    if (known) return known
    const name = crypto.randomUUID()
    this.names.set(root, name)
    first(name)
    return name
  }
}
