/**
 * The file operations of fsck, beneath one directory: it works below the store, on what the store takes for granted. Every directory
 * that was changed is remembered, and on disk after sync(). Everything throws the system's error; what is absent is undefined.
 */
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from '../../../lib/failure/errno.ts'
import { makeFifo } from '../../../lib/os/os.ts'
import type { Id } from '../../../lib/users/ids.ts'

export interface Listed {
  readonly name: string
  readonly isDirectory: boolean
  readonly isFile: boolean
}

export interface Status {
  readonly is: 'file' | 'directory' | 'fifo' | 'other'
  readonly inode: string
  readonly uid: number
  readonly gid: number
  /** The permission bits. */
  readonly mode: number
  readonly sizeBytes: number
  readonly mtimeSeconds: number
}

const CHUNK_BYTES = 65536

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = fs.constants
/** A FIFO does not hold anybody up. */
const READ = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
/** O_PATH, open(2): the file itself, whether its mode lets us read it or not. */
const LOOK = 0o10000000 | O_NOFOLLOW
const MAKE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
const CHANGE = O_WRONLY | O_NOFOLLOW

export class Disk {
  readonly #directory: string
  readonly #changed = new Set<string>()

  constructor(directory: string) {
    this.#directory = directory
  }

  #at(path: string): string {
    return path === '.' ? this.#directory : `${this.#directory}/${path}`
  }

  /** What is in a directory; nothing when it is missing. All at once, so that it may be changed while this is gone through. */
  list(path: string): readonly Listed[] {
    try {
      const entries = fs.readdirSync(this.#at(path), {
        withFileTypes: true,
        encoding: 'latin1' as BufferEncoding,
      })
      return entries.map((entry) => ({
        name: entry.name,
        isDirectory: entry.isDirectory(),
        isFile: entry.isFile(),
      }))
    } catch (error) {
      if (isAbsence(error)) return []
      throw error
    }
  }

  status(path: string): Status | undefined {
    let stats: fs.BigIntStats
    try {
      stats = fs.lstatSync(this.#at(path), { bigint: true })
    } catch (error) {
      if (isAbsence(error)) return undefined
      throw error
    }
    return {
      is: typeOf(stats),
      inode: String(stats.ino),
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      mode: Number(stats.mode) & 0o7777,
      sizeBytes: Number(stats.size),
      mtimeSeconds: Number(stats.mtimeMs / 1000n),
    }
  }

  exists(path: string): boolean {
    return this.status(path) !== undefined
  }

  /** Its content; nothing when it is missing. */
  *chunks(path: string): Generator<Buffer, void, void> {
    const fd = this.#openIfThere(path)
    if (fd === undefined) return
    try {
      for (;;) {
        const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
        const count = fs.readSync(fd, chunk)
        if (count === 0) return
        yield chunk.subarray(0, count)
      }
    } finally {
      fs.closeSync(fd)
    }
  }

  #openIfThere(path: string): number | undefined {
    try {
      return fs.openSync(this.#at(path), READ)
    } catch (error) {
      if (isAbsence(error)) return undefined
      throw error
    }
  }

  makeDirectory(path: string): void {
    fs.mkdirSync(this.#at(path))
    this.#touch(path)
  }

  makeFifo(path: string): void {
    makeFifo(this.#at(path), 0o600)
    this.#touch(path)
  }

  /** A new file, whole and on disk before it has its name, which may be another's until then. */
  write(path: string, content: Uint8Array, owner: Id, mode: number, mtimeSeconds?: number): void {
    const fresh = `${path}.new`
    if (this.exists(fresh)) this.unlink(fresh)
    const fd = fs.openSync(this.#at(fresh), MAKE, 0o600)
    try {
      fs.writeFileSync(fd, content)
      fs.fchownSync(fd, owner.uid, owner.gid)
      fs.fchmodSync(fd, mode)
      if (mtimeSeconds !== undefined) fs.futimesSync(fd, mtimeSeconds, mtimeSeconds)
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
    this.rename(fresh, path)
  }

  /** With its owner, mode and times, as another file, which must not be there. */
  copy(from: string, to: string): void {
    const source = fs.openSync(this.#at(from), READ)
    try {
      const target = fs.openSync(this.#at(to), MAKE, 0o600)
      try {
        copyThrough(source, target)
      } finally {
        fs.closeSync(target)
      }
    } finally {
      fs.closeSync(source)
    }
    this.#touch(to)
  }

  /** Change the content of a file in its place; its times stay. */
  change(path: string, act: (fd: number) => void): void {
    const fd = fs.openSync(this.#at(path), CHANGE)
    try {
      const { atimeMs, mtimeMs } = fs.fstatSync(fd)
      act(fd)
      fs.futimesSync(fd, atimeMs / 1000, mtimeMs / 1000)
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  }

  rename(from: string, to: string): void {
    fs.renameSync(this.#at(from), this.#at(to))
    this.#touch(from)
    this.#touch(to)
  }

  link(from: string, to: string): void {
    fs.linkSync(this.#at(from), this.#at(to))
    this.#touch(to)
  }

  unlink(path: string): void {
    fs.unlinkSync(this.#at(path))
    this.#touch(path)
  }

  removeDirectory(path: string): void {
    fs.rmdirSync(this.#at(path))
    this.#touch(path)
  }

  /** Who owns it comes first: chown(2) takes set-id bits away. */
  own(path: string, owner: Id, mode: number): void {
    const fd = fs.openSync(this.#at(path), LOOK)
    try {
      const found = fs.fstatSync(fd)
      if (found.isSymbolicLink()) throw Object.assign(new Error(`ELOOP: ${path}`), { code: 'ELOOP' })
      const itself = `/proc/self/fd/${fd}`
      if (found.uid !== owner.uid || found.gid !== owner.gid) fs.chownSync(itself, owner.uid, owner.gid)
      fs.chmodSync(itself, mode)
    } finally {
      fs.closeSync(fd)
    }
  }

  /** Every entry that was made or removed is on disk. */
  sync(): void {
    for (const path of this.#changed) this.#syncFile(path)
    this.#changed.clear()
  }

  #syncFile(path: string): void {
    let fd: number
    try {
      fd = fs.openSync(this.#at(path), 'r')
    } catch (error) {
      // A directory that is gone needs no sync; the one that it was in is in the list.
      if (isAbsence(error)) return
      throw error
    }
    try {
      fs.fsyncSync(fd)
    } finally {
      fs.closeSync(fd)
    }
  }

  #touch(path: string): void {
    this.#changed.add(dirname(path))
  }
}

function copyThrough(source: number, target: number): void {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  for (let count = fs.readSync(source, chunk); count > 0; count = fs.readSync(source, chunk))
    fs.writeFileSync(target, chunk.subarray(0, count))
  const { uid, gid, mode, atimeMs, mtimeMs } = fs.fstatSync(source)
  fs.fchownSync(target, uid, gid)
  fs.fchmodSync(target, mode & 0o7777)
  fs.futimesSync(target, atimeMs / 1000, mtimeMs / 1000)
  fs.fsyncSync(target)
}

function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errnoOf(error))
}

function typeOf(stats: fs.BigIntStats): Status['is'] {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  return stats.isFIFO() ? 'fifo' : 'other'
}
