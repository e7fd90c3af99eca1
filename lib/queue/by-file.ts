/**
 * The real file system for the queue store. Calls that only touch memory of the kernel (create, link, unlink, write into the
 * page cache) are made directly, which costs a tenth of a trip through the thread pool; only what waits for the disk
 * (fsync, reading) goes to the pool, many at once, since concurrent fsyncs share one commit of the file system's journal.
 */
import * as fs from 'node:fs'
import { groupSync } from './group-sync.ts'
import type { FileStatus, FileSystem, OpenFile } from './filesystem.ts'

const LIST_ENTRIES = 1024

/** `directory` is the queue directory; `.` after a chdir to it. */
export function fileSystem(directory: string): FileSystem {
  const at = (path: string): string => `${directory}/${path}`
  // Opened once each and kept: the queue has a hundred directories, and an open costs more than a sync that finds nothing new.
  const directories = new Map<string, number>()
  const syncDirectory = groupSync(async (path) => {
    let fd = directories.get(path)
    if (fd === undefined) directories.set(path, (fd = fs.openSync(at(path), O_RDONLY)))
    return syncDescriptor(fd)
  })
  return {
    create: async (path, mode) => openFile(fs.openSync(at(path), flags.create, mode)),
    open: async (path, how, mode) => openFile(fs.openSync(at(path), flags[how], mode)),
    link: async (from, to) => fs.linkSync(at(from), at(to)),
    unlink: async (path) => fs.unlinkSync(at(path)),
    syncDirectory,
    list: (path) => listDirectory(at(path)),
    stat: async (path) => statusOf(fs.lstatSync(at(path), { bigint: true })),
    setTimes: async (path, seconds) => fs.utimesSync(at(path), seconds, seconds),
  }
}

const { O_WRONLY, O_RDONLY, O_CREAT, O_EXCL, O_APPEND } = fs.constants
const flags = {
  create: O_WRONLY | O_CREAT | O_EXCL,
  read: O_RDONLY,
  write: O_WRONLY,
  append: O_WRONLY | O_CREAT | O_APPEND,
}

function openFile(fd: number): OpenFile {
  return {
    async write(...parts) {
      writeAll(fd, parts.length === 1 ? parts[0]! : Buffer.concat(parts), null)
    },
    async writeAt(bytes, position) {
      writeAll(fd, bytes, position)
    },
    readAt: (into, position) =>
      new Promise((resolve, reject) => {
        fs.read(fd, into, 0, into.length, position, (error, count) =>
          error ? reject(error) : resolve(count),
        )
      }),
    sync: () => syncDescriptor(fd),
    status: async () => statusOf(fs.fstatSync(fd, { bigint: true })),
    truncate: async () => fs.ftruncateSync(fd, 0),
    close: async () => fs.closeSync(fd),
  }
}

function writeAll(fd: number, bytes: Uint8Array, position: number | null): void {
  for (let written = 0; written < bytes.length;) {
    written += fs.writeSync(
      fd,
      bytes,
      written,
      bytes.length - written,
      position === null ? null : position + written,
    )
  }
}

function syncDescriptor(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(fd, (error) => (error ? reject(error) : resolve()))
  })
}

async function* listDirectory(path: string): AsyncGenerator<readonly string[], void, void> {
  const directory = await fs.promises.opendir(path, { bufferSize: LIST_ENTRIES })
  let names: string[] = []
  for await (const entry of directory) {
    names.push(entry.name)
    if (names.length < LIST_ENTRIES) continue
    yield names
    names = []
  }
  if (names.length > 0) yield names
}

function statusOf(stats: fs.BigIntStats): FileStatus {
  return {
    inode: String(stats.ino),
    sizeBytes: Number(stats.size),
    atimeSeconds: Number(stats.atimeMs / 1000n),
    mtimeSeconds: Number(stats.mtimeMs / 1000n),
    changed: String(stats.ctimeNs),
    uid: Number(stats.uid),
    isFile: stats.isFile(),
  }
}
