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
      return fs.openSync(this.#at(path), fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
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
    const fd = fs.openSync(this.#at(fresh), 'w', 0o600)
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

  copy(from: string, to: string): void {
    fs.copyFileSync(this.#at(from), this.#at(to), fs.constants.COPYFILE_EXCL)
    const { uid, gid, mode, atimeMs, mtimeMs } = fs.lstatSync(this.#at(from))
    fs.chownSync(this.#at(to), uid, gid)
    fs.chmodSync(this.#at(to), mode & 0o7777)
    fs.utimesSync(this.#at(to), atimeMs / 1000, mtimeMs / 1000)
    this.#syncFile(to)
    this.#touch(to)
  }

  /** Change the content of a file in its place; its times stay. */
  change(path: string, act: (fd: number) => void): void {
    const fd = fs.openSync(this.#at(path), fs.constants.O_WRONLY | fs.constants.O_NOFOLLOW)
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
    const found = this.status(path)
    if (found?.uid !== owner.uid || found.gid !== owner.gid)
      fs.lchownSync(this.#at(path), owner.uid, owner.gid)
    fs.chmodSync(this.#at(path), mode)
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

function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errnoOf(error))
}

function typeOf(stats: fs.BigIntStats): Status['is'] {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  return stats.isFIFO() ? 'fifo' : 'other'
}
