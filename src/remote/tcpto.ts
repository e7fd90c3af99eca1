/**
 * The table of hosts that did not answer, queue/lock/tcpto: so that one dead host does not hold up every delivery for the whole
 * timeout of a connect. 64 records of 16 bytes: IPv4 address, count of timeouts, 3 bytes 0, time (32 bits, little-endian), 4 bytes
 * 0. Shared with qmail-tcpto, qmail-tcpok and other remotes. It is looked at without a lock and changed under one: a look that comes
 * in between sees the old record or the new one. IPv6 addresses have no place in it. qmail-remote(8), FILES.
 */
import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs'

const RECORD_BYTES = 16
const RECORDS = 64
const COUNT_AT = 4
const TIME_AT = 8

/** With so many timeouts on record a host is left alone. */
const PATIENCE = 2
const MOST_TIMEOUTS = 10
/** Timeouts within so many seconds count as one. */
const SAME_SECONDS = 120
/** Between full slots: one more timeout weighs as much as so many seconds. */
const SECONDS_PER_TIMEOUT = 1024

export interface Tcpto {
  /** Did it time out so often and so lately that it is not tried now? */
  shouldSkip(address: string): boolean
  /** A connection was tried. */
  record(address: string, timedOut: boolean): Promise<void>
}

export interface TcptoSurroundings {
  /** Milliseconds since the epoch. */
  now(): number
  /** Spreads the retries of several processes. */
  readonly pid: number
  /** An exclusive flock(2) on the descriptor, in bounded time; false: not obtained. */
  lock(fd: number): Promise<boolean>
}

export function tcptoAt(path: string, { now, pid, lock }: TcptoSurroundings): Tcpto {
  const seconds = () => Math.floor(now() / 1000)
  return {
    shouldSkip: (address) => isLeftAlone(readTable(path), address, seconds(), pid),
    async record(address, timedOut) {
      if (changeFor(readTable(path), address, timedOut, seconds()) === undefined) return
      await changeUnderLock(path, lock, (table) => changeFor(table, address, timedOut, seconds()))
    },
  }
}

/** A table that cannot be read is an empty one: deliveries go on without. */
function readTable(path: string): Buffer {
  try {
    return readFileSync(path).subarray(0, RECORDS * RECORD_BYTES)
  } catch {
    return Buffer.alloc(0)
  }
}

async function changeUnderLock(
  path: string,
  lock: TcptoSurroundings['lock'],
  change: (table: Buffer) => Change | undefined,
): Promise<void> {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  } catch {
    return
  }
  try {
    if (!(await lock(fd))) return
    const table = Buffer.alloc(RECORDS * RECORD_BYTES)
    const made = change(table.subarray(0, readSync(fd, table, 0, table.length, 0)))
    if (made !== undefined) writeSync(fd, made.record, 0, RECORD_BYTES, made.at)
  } catch {
    // Then it is not on record.
  } finally {
    closeSync(fd)
  }
}

/** qmail's rule: 60 times 64 seconds, and up to half as many more, so that not everybody comes back at once. */
export function isLeftAlone(table: Buffer, address: string, nowSeconds: number, pid: number): boolean {
  const at = find(table, address)
  if (at === undefined || table.readUInt8(at + COUNT_AT) < PATIENCE) return false
  return nowSeconds - table.readUInt32LE(at + TIME_AT) < (60 + (pid % 32)) * 64
}

export interface Change {
  readonly at: number
  readonly record: Buffer
}

/** The record that the outcome of a connect changes, if it changes one. */
export function changeFor(
  table: Buffer,
  address: string,
  timedOut: boolean,
  nowSeconds: number,
): Change | undefined {
  const bytes = addressBytes(address)
  if (bytes === undefined) return undefined
  const listed = find(table, address)
  if (!timedOut) {
    if (listed === undefined || table.readUInt8(listed + COUNT_AT) === 0) return undefined
    const record = Buffer.from(table.subarray(listed, listed + RECORD_BYTES))
    record.writeUInt8(0, COUNT_AT)
    return { at: listed, record }
  }
  const count = listed === undefined ? 0 : table.readUInt8(listed + COUNT_AT)
  if (listed !== undefined && count > 0 && nowSeconds < table.readUInt32LE(listed + TIME_AT) + SAME_SECONDS)
    return undefined
  const at = listed ?? slotFor(table)
  if (at === undefined) return undefined
  const record = Buffer.alloc(RECORD_BYTES)
  bytes.copy(record)
  record.writeUInt8(Math.min(count + 1, MOST_TIMEOUTS), COUNT_AT)
  record.writeUInt32LE(nowSeconds, TIME_AT)
  return { at, record }
}

function offsets(table: Buffer): readonly number[] {
  return Array.from({ length: Math.floor(table.length / RECORD_BYTES) }, (_, index) => index * RECORD_BYTES)
}

function find(table: Buffer, address: string): number | undefined {
  const bytes = addressBytes(address)
  if (bytes === undefined) return undefined
  return offsets(table).find((at) => bytes.equals(table.subarray(at, at + bytes.length)))
}

/** The first that counts nothing; else the one with the oldest and fewest timeouts. */
function slotFor(table: Buffer): number | undefined {
  const all = offsets(table)
  const weight = (at: number) =>
    table.readUInt32LE(at + TIME_AT) + SECONDS_PER_TIMEOUT * table.readUInt8(at + COUNT_AT)
  const free = all.find((at) => table.readUInt8(at + COUNT_AT) === 0)
  return free ?? all.toSorted((a, b) => weight(a) - weight(b) || a - b)[0]
}

/** Undefined for what is no IPv4 address. */
function addressBytes(address: string): Buffer | undefined {
  return /^[\d.]+$/.test(address) ? Buffer.from(address.split('.').map(Number)) : undefined
}
