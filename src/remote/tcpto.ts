/**
 * The table of hosts that did not answer, queue/lock/tcpto: so that one dead host does not hold up every delivery for the whole
 * timeout of a connect. Its format is lib/queue/tcpto.ts; here are qmail-remote's rules about it. It is looked at without a lock and
 * changed under one: a look that comes in between sees the old record or the new one. qmail-remote(8), FILES.
 */
import { closeSync, constants, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import {
  encodeHost,
  freed,
  type HostRecord,
  hostRecords,
  RECORD_BYTES,
  TABLE_BYTES,
} from '../../lib/queue/tcpto.ts'

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
    return readFileSync(path).subarray(0, TABLE_BYTES)
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
    const table = Buffer.alloc(TABLE_BYTES)
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
  const listed = find(hostRecords(table), address)
  if (listed === undefined || listed.count < PATIENCE) return false
  return nowSeconds - listed.lastSeconds < (60 + (pid % 32)) * 64
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
  const records = hostRecords(table)
  const listed = find(records, address)
  const count = listed?.count ?? 0
  if (!timedOut) {
    if (listed === undefined || count === 0) return undefined
    return { at: listed.at, record: freed(table, listed) }
  }
  if (listed !== undefined && count > 0 && nowSeconds < listed.lastSeconds + SAME_SECONDS) return undefined
  const place = listed ?? placeFor(records)
  const record = encodeHost({
    address,
    count: Math.min(count + 1, MOST_TIMEOUTS),
    lastSeconds: nowSeconds,
  })
  return place === undefined || record === undefined ? undefined : { at: place.at, record }
}

function find(records: readonly HostRecord[], address: string): HostRecord | undefined {
  return records.find((record) => record.address === address)
}

/** The first that counts nothing; else the one with the oldest and fewest timeouts. */
function placeFor(records: readonly HostRecord[]): HostRecord | undefined {
  const weight = ({ lastSeconds, count }: HostRecord) => lastSeconds + SECONDS_PER_TIMEOUT * count
  const free = records.find(({ count }) => count === 0)
  return free ?? records.toSorted((a, b) => weight(a) - weight(b) || a.at - b.at)[0]
}
