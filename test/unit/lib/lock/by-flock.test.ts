import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { lockWithin } from '../../../../lib/lock/by-flock.ts'
import { SystemError, tryLock } from '../../../../lib/os/os.ts'

const directory = mkdtempSync(join(tmpdir(), 'lock-'))
const path = join(directory, 'file')
after(() => rmSync(directory, { recursive: true }))

function open(): number {
  return openSync(path, 'a')
}

test('a free file is locked at once, and then nobody else can', async () => {
  const [ours, theirs] = [open(), open()]
  assert.equal(await lockWithin(ours, 0), true)
  assert.equal(tryLock(theirs), false)
  closeSync(ours)
  assert.equal(tryLock(theirs), true)
  closeSync(theirs)
})

test('a lock that another holds for the whole time is not got', async () => {
  const [theirs, ours] = [open(), open()]
  assert.equal(tryLock(theirs), true)
  assert.equal(await lockWithin(ours, 0), false)
  assert.equal(await lockWithin(ours, 0.03), false)
  closeSync(theirs)
  closeSync(ours)
})

test('the lock of another program is waited for, and got when that program ends', async () => {
  const holder = spawn('flock', [path, 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  const ours = open()
  assert.equal(await lockWithin(ours, 0), false)
  const locked = lockWithin(ours, 20)
  holder.stdin.end()
  assert.equal(await locked, true)
  closeSync(ours)
})

test('what cannot be locked is an error, not a wait', async () => {
  const fd = open()
  closeSync(fd)
  await assert.rejects(lockWithin(fd, 20), (error) => error instanceof SystemError && error.code === 'EBADF')
})
