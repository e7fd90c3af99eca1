/**
 * A file system in memory that can lose power: the FileSystem of the queue store, for tests. Every operation is counted, and at
 * operation n the process dies: that operation and all later ones never return. What a disk would show afterwards is drawn from
 * a seed: unsynced file data is there, lost or torn at a 512-byte border; each entry made or removed in a directory since its
 * last sync is there or not, one by one, in any order. Under `ordered`, as on file systems with a journal for their
 * metadata (ext4, XFS), a sync of anything makes all earlier changes of directories durable.
 */
import type { FileStatus, FileSystem, OpenFile } from '../../lib/queue/filesystem.ts'

interface Inode {
  readonly number: number
  data: Buffer
  /** What the last fsync saw. */
  synced: Buffer
  mtime: number
  atime: number
}

interface Change {
  readonly directory: string
  readonly name: string
  readonly inode: Inode | undefined
}

export class Died extends Error {}

const BLOCK = 512

/** Small, seeded, the same everywhere. */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code })
}

function split(path: string): [directory: string, name: string] {
  const slash = path.lastIndexOf('/')
  return slash === -1 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)]
}

export class DyingDisk implements FileSystem {
  readonly #directories = new Map<string, Map<string, Inode>>()
  /** The directories as of their last sync. */
  readonly #durable = new Map<string, Map<string, Inode>>()
  #pending: Change[] = []
  #inodes = 100
  #ordered: boolean
  /** Operations so far. */
  operations = 0
  /** The operation that never returns. */
  dieAt = Number.POSITIVE_INFINITY
  now = 1_000_000

  constructor(directories: readonly string[], ordered: boolean) {
    this.#ordered = ordered
    for (const path of directories) {
      this.#directories.set(path, new Map())
      this.#durable.set(path, new Map())
    }
  }

  #step(): void {
    if (++this.operations >= this.dieAt) throw new Died(`operation ${this.operations}`)
  }

  #entries(directory: string): Map<string, Inode> {
    const entries = this.#directories.get(directory)
    if (entries === undefined) throw systemError('ENOENT')
    return entries
  }

  #look(path: string): Inode {
    const [directory, name] = split(path)
    const inode = this.#entries(directory).get(name)
    if (inode === undefined) throw systemError('ENOENT')
    return inode
  }

  #change(path: string, inode: Inode | undefined): void {
    const [directory, name] = split(path)
    if (inode === undefined) this.#entries(directory).delete(name)
    else this.#entries(directory).set(name, inode)
    this.#pending.push({ directory, name, inode })
  }

  #makeDurable(concerns: (change: Change) => boolean): void {
    for (const change of this.#pending) if (concerns(change)) this.#apply(change)
    this.#pending = this.#pending.filter((change) => !concerns(change))
  }

  #apply({ directory, name, inode }: Change): void {
    const entries = this.#durable.get(directory)!
    if (inode === undefined) entries.delete(name)
    else entries.set(name, inode)
  }

  async create(path: string): Promise<OpenFile> {
    this.#step()
    const [directory, name] = split(path)
    if (this.#entries(directory).has(name)) throw systemError('EEXIST')
    const empty = Buffer.alloc(0)
    const inode: Inode = {
      number: ++this.#inodes,
      data: empty,
      synced: empty,
      mtime: this.now,
      atime: this.now,
    }
    this.#change(path, inode)
    return this.#file(inode)
  }

  async open(path: string, how: 'read' | 'write' | 'append'): Promise<OpenFile> {
    this.#step()
    const [directory, name] = split(path)
    if (how === 'append' && !this.#entries(directory).has(name)) {
      this.operations--
      return this.create(path)
    }
    return this.#file(this.#look(path))
  }

  #file(inode: Inode): OpenFile {
    const step = (): void => this.#step()
    const syncOrder = (): void => {
      if (this.#ordered) this.#makeDurable(() => true)
    }
    const status = (): FileStatus => this.#status(inode)
    const write = (bytes: Uint8Array, position: number): void => {
      step()
      const grown = Buffer.alloc(Math.max(inode.data.length, position + bytes.length))
      inode.data.copy(grown)
      grown.set(bytes, position)
      inode.data = grown
      inode.mtime = this.now
    }
    return {
      async write(...parts) {
        write(Buffer.concat(parts), inode.data.length)
      },
      async writeAt(bytes, position) {
        write(bytes, position)
      },
      async readAt(into, position) {
        step()
        const part = inode.data.subarray(position, position + into.length)
        into.set(part)
        return part.length
      },
      async sync() {
        step()
        inode.synced = inode.data
        syncOrder()
      },
      async status() {
        return status()
      },
      async truncate() {
        step()
        inode.data = Buffer.alloc(0)
      },
      async close() {},
    }
  }

  #status(inode: Inode): FileStatus {
    return {
      inode: String(inode.number),
      sizeBytes: inode.data.length,
      atimeSeconds: inode.atime,
      mtimeSeconds: inode.mtime,
      changed: String(inode.mtime),
      uid: 0,
      isFile: true,
    }
  }

  async link(from: string, to: string): Promise<void> {
    this.#step()
    const inode = this.#look(from)
    const [directory, name] = split(to)
    if (this.#entries(directory).has(name)) throw systemError('EEXIST')
    this.#change(to, inode)
  }

  async unlink(path: string): Promise<void> {
    this.#step()
    this.#look(path)
    this.#change(path, undefined)
  }

  async syncDirectory(path: string): Promise<void> {
    this.#step()
    this.#makeDurable((change) => this.#ordered || change.directory === path)
  }

  async *list(path: string): AsyncGenerator<readonly string[], void, void> {
    this.#step()
    yield [...this.#entries(path).keys()]
  }

  async stat(path: string): Promise<FileStatus> {
    this.#step()
    return this.#status(this.#look(path))
  }

  async setTimes(path: string, seconds: number): Promise<void> {
    this.#step()
    const inode = this.#look(path)
    inode.mtime = inode.atime = seconds
  }

  /**
   * The disk after the power came back, one of the many that are possible. `luck` draws a number below 1: near 0 the change
   * survived, near 1 it was lost. Under `ordered` the directory changes survive up to some point in time.
   */
  afterPowerLoss(luck: () => number): DyingDisk {
    const after = new DyingDisk([...this.#directories.keys()], this.#ordered)
    after.#inodes = this.#inodes
    after.now = this.now
    const upTo = Math.floor((1 - luck()) * (this.#pending.length + 1))
    const survived = this.#pending.filter((_, index) => (this.#ordered ? index < upTo : luck() < 0.5))
    const copies = new Map<Inode, Inode>()
    const copy = (inode: Inode): Inode => {
      const known = copies.get(inode)
      if (known !== undefined) return known
      const data = tear(inode, luck)
      const fresh = { ...inode, data, synced: data }
      copies.set(inode, fresh)
      return fresh
    }
    for (const [directory, entries] of this.#durable) {
      for (const [name, inode] of entries) after.#durable.get(directory)!.set(name, copy(inode))
    }
    for (const change of survived) {
      after.#apply({ ...change, inode: change.inode === undefined ? undefined : copy(change.inode) })
    }
    for (const [directory, entries] of after.#durable) after.#directories.set(directory, new Map(entries))
    return after
  }

  /** Look without counting, for the checker. Undefined when there is no such file. */
  content(path: string): Buffer | undefined {
    const [directory, name] = split(path)
    return this.#directories.get(directory)?.get(name)?.data
  }

  names(directory: string): string[] {
    return [...(this.#directories.get(directory)?.keys() ?? [])]
  }
}

/** Unsynced data: all there, or lost from some block on (with its length kept or not), or zeros in some blocks. What was synced stays. */
function tear(inode: Inode, luck: () => number): Buffer {
  const { data, synced } = inode
  if (data.equals(synced)) return data
  const fate = luck()
  if (fate < 0.3) return data
  if (fate > 0.8) return synced
  const torn = Buffer.from(data)
  for (let at = 0; at < data.length; at += BLOCK) {
    if (luck() < 0.5) continue
    const old = Buffer.alloc(Math.min(BLOCK, data.length - at))
    synced.subarray(at, at + BLOCK).copy(old)
    torn.set(old, at)
  }
  const shortest = Math.min(synced.length, data.length)
  return fate < 0.6
    ? torn
    : torn.subarray(0, Math.max(shortest, BLOCK * Math.floor((luck() * data.length) / BLOCK)))
}
