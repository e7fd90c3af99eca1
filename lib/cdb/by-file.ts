/**
 * A cdb in a file. Files are replaced as a whole and never changed, so a reader needs no lock and an open file stays what it
 * was: whoever wants the new one opens again (lib/table/by-cdb.ts). An absent file is a value, undefined.
 */
import {
  type BigIntStats,
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { ByteString } from '../bytes/bytes.ts'
import { errnoOf } from '../failure/errno.ts'
import { type Failure, failed, ok, type Result, temporary } from '../failure/failure.ts'
import { HEADER_BYTES } from './cdb.ts'
import { CdbMaker, type CdbRecord } from './maker.ts'
import { lookUp, type RandomAccess } from './reader.ts'

/** An open cdb. Close it. */
export interface CdbFile {
  /** Another file under the same name has another one: inode numbers are used again, so size and time are in it. */
  readonly identity: string
  lookUp(key: ByteString): Result<ByteString | undefined>
  readonly source: RandomAccess
  close(): void
}

export function openCdb(path: string): Result<CdbFile | undefined> {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return ok(undefined)
    return failed(temporary('3.0', 'cdb unreadable', error))
  }
  try {
    const stats = fstatSync(fd, { bigint: true })
    const source = { sizeBytes: Number(stats.size), read: reading(fd) }
    return ok({
      identity: identityOf(stats),
      lookUp: (key) => lookUp(source, key),
      source,
      close: () => closeSync(fd),
    })
  } catch (error) {
    closeSync(fd)
    return failed(temporary('3.0', 'cdb unreadable', error))
  }
}

/** Undefined when there is no file; other trouble is thrown. */
export function currentIdentity(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats && identityOf(stats)
}

function identityOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev}:${ino}:${size}:${mtimeNs}`
}

function reading(fd: number): RandomAccess['read'] {
  return (position, bytes) => {
    const buffer = Buffer.allocUnsafe(bytes)
    let have = 0
    while (have < bytes) {
      const count = readSync(fd, buffer, have, bytes - have, position + have)
      if (count === 0) break
      have += count
    }
    return buffer.subarray(0, have)
  }
}

/** The step that failed tells an administrator's program what to print; the cause is the system's error. */
export interface WriteFailure extends Failure {
  readonly step: 'create' | 'write' | 'rename'
}

/**
 * Writes the records to `path` by way of `temporaryPath` beside it: written, synced, renamed, the directory synced. Whatever
 * happens, `path` is the old file or the whole new one. The mode is 0666 less the umask.
 */
export function writeCdb(
  path: string,
  temporaryPath: string,
  records: Iterable<CdbRecord>,
): Result<undefined, WriteFailure> {
  let step: WriteFailure['step'] = 'create'
  let isMade = false
  try {
    const fd = openSync(temporaryPath, 'w')
    isMade = true
    step = 'write'
    try {
      writeRecords(fd, records)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    step = 'rename'
    renameSync(temporaryPath, path)
    isMade = false
    syncDirectory(dirname(path))
    return ok()
  } catch (cause) {
    if (isMade) removeQuietly(temporaryPath)
    return failed({ ...temporary('3.0', 'cdb not written', cause), step })
  }
}

const WRITE_BYTES = 1024 * 1024

function writeRecords(fd: number, records: Iterable<CdbRecord>): void {
  const maker = new CdbMaker()
  let at = HEADER_BYTES
  let waiting: Buffer[] = []
  let waitingBytes = 0
  const flush = (): void => {
    writeAll(fd, Buffer.concat(waiting), at)
    at += waitingBytes
    waiting = []
    waitingBytes = 0
  }
  for (const record of records) {
    const bytes = maker.add(record)
    if (!bytes.ok) throw new Error(bytes.failure.text)
    waiting.push(bytes.value)
    waitingBytes += bytes.value.length
    if (waitingBytes >= WRITE_BYTES) flush()
  }
  flush()
  const { tables, header } = maker.finish()
  writeAll(fd, tables, at)
  writeAll(fd, header, 0)
}

function writeAll(fd: number, bytes: Buffer, position: number): void {
  for (let written = 0; written < bytes.length;)
    written += writeSync(fd, bytes, written, bytes.length - written, position + written)
}

function syncDirectory(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It is in nobody's way: the next run opens it anew.
  }
}
