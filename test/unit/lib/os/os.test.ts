import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { after, test } from 'node:test'
import * as os from '../../../../lib/os/os.ts'
import { descriptorOf } from '../../../../lib/program/descriptor.ts'

const directory = mkdtempSync(`${tmpdir()}/jsmail-os-`)
after(() => rmSync(directory, { recursive: true }))

test('a lock is held by one open file, is seen by flock(1), and ends with its descriptor', () => {
  const path = `${directory}/lock`
  const first = openSync(path, 'w')
  const second = openSync(path, 'w')
  assert.equal(os.tryLock(first), true)
  assert.equal(os.tryLock(second), false)
  assert.equal(spawnSync('flock', ['-n', path, 'true']).status, 1)
  os.unlock(first)
  assert.equal(os.tryLock(second), true)
  closeSync(second)
  assert.equal(os.tryLock(first), true)
  closeSync(first)
})

test('a failed call names its error', () => {
  assert.throws(() => os.tryLock(9999), { code: 'EBADF', syscall: 'flock' })
  assert.throws(() => os.makeFifo(`${directory}/no/such/place`, 0o600), { code: 'ENOENT' })
  assert.throws(() => os.peerOf(0xffff), { code: 'EBADF' })
})

test('a pipe is a pipe, and its ends do not reach children by accident', () => {
  const { read, write } = os.pipe()
  assert.ok(fstatSync(read).isFIFO() && fstatSync(write).isFIFO())
  const { stdout } = spawnSync('ls', [`/proc/self/fd/${write}`], { encoding: 'utf8' })
  assert.equal(stdout, '')
  writeSync(write, 'x')
  assert.equal(readSync(read, Buffer.alloc(10)), 1)
  closeSync(read)
  closeSync(write)
})

test('a descriptor can be made non-blocking and blocking again', () => {
  const { read, write } = os.pipe()
  os.setBlocking(read, false)
  assert.throws(() => readSync(read, Buffer.alloc(1)), { code: 'EAGAIN' })
  os.setBlocking(read, true)
  writeSync(write, 'x')
  assert.equal(readSync(read, Buffer.alloc(1)), 1)
  closeSync(read)
  closeSync(write)
})

test('rewind lets the next reader of a descriptor begin at its first byte', () => {
  const fd = openSync(`${directory}/file`, 'w+')
  writeSync(fd, 'hello')
  os.rewind(fd)
  const { stdout } = spawnSync('cat', { stdio: [fd, 'pipe', 'inherit'], encoding: 'utf8' })
  assert.equal(stdout, 'hello')
  closeSync(fd)
})

test('a FIFO is made with its mode, whatever the name', () => {
  const path = `${directory}/tr\u00efgger`
  os.makeFifo(path, 0o600)
  assert.ok(statSync(path).isFIFO())
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('the kernel tells who connected', async () => {
  const server = createServer().listen(`${directory}/socket`)
  await once(server, 'listening')
  const client = connect(`${directory}/socket`)
  const [socket] = (await once(server, 'connection')) as [Socket]
  const fd = descriptorOf(socket)
  assert.ok(fd !== undefined)
  assert.deepEqual(os.peerOf(fd), { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() })
  client.destroy()
  socket.destroy()
  server.close()
})

test('accounts and groups are those that getent shows; unknown ones are undefined', () => {
  const fields = spawnSync('getent', ['passwd', 'daemon'], { encoding: 'utf8' }).stdout.trim().split(':')
  const expected = { name: 'daemon', uid: Number(fields[2]), gid: Number(fields[3]), home: fields[5] }
  assert.deepEqual(os.accountByName('daemon'), expected)
  assert.deepEqual(os.accountByUid(expected.uid), expected)
  assert.equal(os.accountByName('no-such-user-here'), undefined)
  assert.equal(os.accountByUid(3_999_999_999), undefined)
  assert.equal(os.groupByName('daemon'), expected.gid)
  assert.equal(os.groupByName('no-such-group-here'), undefined)
})
