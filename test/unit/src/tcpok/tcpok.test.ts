/** tcpok on real files: cleared in place, under the lock. Case J27. */
import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test, type TestContext } from 'node:test'
import { lockWithin } from '../../../../lib/lock/by-flock.ts'
import { tryLock } from '../../../../lib/os/os.ts'
import { clearTable } from '../../../../src/tcpok/tcpok.ts'

function directory(t: TestContext): string {
  const path = mkdtempSync(`${tmpdir()}/tcpok-`)
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

const once = (fd: number): Promise<boolean> => lockWithin(fd, 0)

test('J27: the file is 1024 zero bytes, and the same file', async (t) => {
  const path = `${directory(t)}/tcpto`
  for (const before of ['', 'x'.repeat(500), 'x'.repeat(1024), 'x'.repeat(3000)]) {
    writeFileSync(path, before)
    const { ino } = statSync(path)
    assert.equal(await clearTable(path, once), undefined)
    assert.deepEqual(readFileSync(path), Buffer.alloc(1024))
    assert.equal(statSync(path).ino, ino)
  }
})

test('while another holds the lock nothing is written', async (t) => {
  const path = `${directory(t)}/tcpto`
  writeFileSync(path, 'x')
  const other = openSync(path, 'r')
  assert.ok(tryLock(other))
  assert.equal(await clearTable(path, once), 'unable to lock queue/lock/tcpto: timed out')
  assert.equal(readFileSync(path, 'latin1'), 'x')
  closeSync(other)
})

test('a missing file is told and not made', async (t) => {
  const path = `${directory(t)}/tcpto`
  assert.equal(await clearTable(path, once), 'unable to write queue/lock/tcpto: file does not exist')
  assert.throws(() => statSync(path), { code: 'ENOENT' })
})
