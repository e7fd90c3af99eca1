import { deepEqual, equal, ok } from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { lockWithin } from '../../../../lib/lock/by-flock.ts'
import { tryLock } from '../../../../lib/os/os.ts'
import { changeFor, isLeftAlone, tcptoAt } from '../../../../src/remote/tcpto.ts'

const NOW = 1_700_000_000

type TableRecord = readonly [address: string, count: number, secondsAgo: number]

/** A table with these records from its beginning. */
function table(...records: readonly TableRecord[]) {
  const bytes = Buffer.alloc(1024)
  for (const [index, [address, count, secondsAgo]] of records.entries()) {
    bytes.set(address.split('.').map(Number), index * 16)
    bytes.writeUInt8(count, index * 16 + 4)
    bytes.writeUInt32LE(NOW - secondsAgo, index * 16 + 8)
  }
  return bytes
}

/** The table after a connect. */
function after(before: Buffer, address: string, timedOut: boolean, now = NOW): Buffer {
  const change = changeFor(before, address, timedOut, now)
  const bytes = Buffer.from(before)
  change?.record.copy(bytes, change.at)
  return bytes
}

test('two timeouts keep from a host for 3840 seconds, and up to 1984 more by process', () => {
  const alone = (count: number, secondsAgo: number, pid = 0) =>
    isLeftAlone(table(['192.0.2.1', count, secondsAgo]), '192.0.2.1', NOW, pid)
  deepEqual([alone(1, 0), alone(2, 0), alone(10, 0)], [false, true, true])
  deepEqual([alone(2, 3839), alone(2, 3840)], [true, false])
  deepEqual(
    [alone(2, 3839 + 64 * 31, 31), alone(2, 3840 + 64 * 31, 31), alone(2, 3840, 32)],
    [true, false, false],
  )
  equal(isLeftAlone(table(['192.0.2.1', 2, 0]), '192.0.2.2', NOW, 0), false)
  equal(isLeftAlone(Buffer.alloc(0), '192.0.2.1', NOW, 0), false)
})

test('a first timeout takes the first slot that counts nothing', () => {
  deepEqual(
    after(table(['192.0.2.1', 1, 50], ['192.0.2.2', 0, 50]), '192.0.2.9', true),
    table(['192.0.2.1', 1, 50], ['192.0.2.9', 1, 0]),
  )
})

test('a further timeout counts when it is two minutes younger, up to ten', () => {
  const once = table(['192.0.2.1', 1, 119])
  deepEqual(after(once, '192.0.2.1', true), once)
  deepEqual(after(table(['192.0.2.1', 1, 120]), '192.0.2.1', true), table(['192.0.2.1', 2, 0]))
  deepEqual(after(table(['192.0.2.1', 10, 500]), '192.0.2.1', true), table(['192.0.2.1', 10, 0]))
  deepEqual(after(table(['192.0.2.1', 0, 0]), '192.0.2.1', true), table(['192.0.2.1', 1, 0]))
})

test('any other outcome sets the count to 0 and leaves the rest of the record', () => {
  deepEqual(after(table(['192.0.2.1', 7, 30]), '192.0.2.1', false), table(['192.0.2.1', 0, 30]))
  equal(changeFor(table(['192.0.2.1', 0, 30]), '192.0.2.1', false, NOW), undefined)
  equal(changeFor(table(['192.0.2.1', 7, 30]), '192.0.2.2', false, NOW), undefined)
})

test('in a full table the oldest and least counted goes, a timeout weighing 1024 seconds', () => {
  const records = Array.from({ length: 64 }, (_, i): TableRecord => [`192.0.2.${i}`, 2, 100])
  const full = table(...records.with(5, ['192.0.2.5', 1, 99]).with(9, ['192.0.2.9', 3, 2000]))
  equal(changeFor(full, '198.51.100.1', true, NOW)?.at, 5 * 16)
  const old = table(...records.with(5, ['192.0.2.5', 1, 0]).with(9, ['192.0.2.9', 3, 2049]))
  equal(changeFor(old, '198.51.100.1', true, NOW)?.at, 9 * 16)
})

test('an IPv6 address has no place in the table', () => {
  equal(changeFor(table(), '2001:db8::1', true, NOW), undefined)
  equal(isLeftAlone(table(['192.0.2.1', 2, 0]), '2001:db8::1', NOW, 0), false)
})

function onDisk() {
  const directory = mkdtempSync(`${tmpdir()}/tcpto-`)
  const path = `${directory}/tcpto`
  let locks = 0
  const surroundings = {
    now: () => NOW * 1000 + 999,
    pid: 0,
    lock: (fd: number) => {
      locks += 1
      return lockWithin(fd, 0)
    },
  }
  return {
    path,
    tcpto: tcptoAt(path, surroundings),
    locks: () => locks,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  }
}

test('the file is changed in place, and only when there is something to change', async () => {
  using disk = onDisk()
  writeFileSync(disk.path, table())
  await disk.tcpto.record('192.0.2.1', false)
  equal(disk.locks(), 0)
  await disk.tcpto.record('192.0.2.1', true)
  equal(disk.locks(), 1)
  deepEqual(readFileSync(disk.path), table(['192.0.2.1', 1, 0]))
  equal(disk.tcpto.shouldSkip('192.0.2.1'), false)
  writeFileSync(disk.path, table(['192.0.2.1', 2, 0]))
  equal(disk.tcpto.shouldSkip('192.0.2.1'), true)
})

test('while another holds the lock nothing is written', async () => {
  using disk = onDisk()
  writeFileSync(disk.path, table())
  const other = openSync(disk.path, 'r')
  ok(tryLock(other))
  await disk.tcpto.record('192.0.2.1', true)
  deepEqual(readFileSync(disk.path), table())
  closeSync(other)
  await disk.tcpto.record('192.0.2.1', true)
  deepEqual(readFileSync(disk.path), table(['192.0.2.1', 1, 0]))
})

test('a missing, short or overlong file is no trouble', async () => {
  using disk = onDisk()
  equal(disk.tcpto.shouldSkip('192.0.2.1'), false)
  await disk.tcpto.record('192.0.2.1', true)
  writeFileSync(disk.path, '')
  await disk.tcpto.record('192.0.2.1', true)
  equal(readFileSync(disk.path).length, 0)
  writeFileSync(disk.path, table().subarray(0, 40))
  await disk.tcpto.record('192.0.2.1', true)
  deepEqual(readFileSync(disk.path), table(['192.0.2.1', 1, 0]).subarray(0, 40))
  const full = table(...Array.from({ length: 64 }, (_, i) => [`192.0.2.${i}`, 1, 500] as const))
  writeFileSync(disk.path, Buffer.concat([full, table()]))
  await disk.tcpto.record('198.51.100.1', true)
  equal(readFileSync(disk.path).subarray(1024).equals(table()), true)
})
