/** tcpto and tcpok as they are started, on the table that remote's rule has written. Cases J26 and J27. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { makeTestHome } from '../../helpers/home.ts'
import { withoutRoot } from '../../helpers/peers.ts'

test('tcpto shows what tcpok forgets', (t) => {
  const { home, bin } = makeTestHome(t)
  const path = `${home}/queue/lock/tcpto`
  const table = readFileSync(path)
  table.set([127, 0, 0, 1, 2])
  table.writeUInt32LE(Math.floor(Date.now() / 1000) - 3000, 8)
  writeFileSync(path, table)
  const before = statSync(path)
  const shown = spawnSync(bin('tcpto'), { encoding: 'latin1' })
  assert.match(shown.stdout, /^127\.0\.0\.1 timed out 30\d\d seconds ago; # recent timeouts: 2\n$/)
  assert.equal(shown.status, 0)
  assert.deepEqual(readFileSync(path), table)
  const cleared = spawnSync(bin('qmail-tcpok'), { encoding: 'latin1' })
  assert.deepEqual([cleared.status, cleared.stdout, cleared.stderr], [0, '', ''])
  assert.deepEqual(readFileSync(path), Buffer.alloc(1024))
  const { ino, uid, mode } = statSync(path)
  assert.deepEqual([ino, uid, mode], [before.ino, before.uid, before.mode])
  assert.equal(spawnSync(bin('tcpto'), { encoding: 'latin1' }).stdout, '')
})

test('without the table both are 111', (t) => {
  const { home, bin } = makeTestHome(t)
  rmSync(`${home}/queue/lock/tcpto`)
  const shown = spawnSync(bin('tcpto'), { encoding: 'latin1' })
  const cleared = spawnSync(bin('tcpok'), { encoding: 'latin1' })
  assert.deepEqual(
    [shown.status, shown.stderr, cleared.status, cleared.stderr],
    [
      111,
      'qmail-tcpto: fatal: unable to read queue/lock/tcpto: file does not exist\n',
      111,
      'qmail-tcpok: fatal: unable to write queue/lock/tcpto: file does not exist\n',
    ],
  )
})

test('the user of remote may do both', { skip: withoutRoot() }, (t) => {
  const { bin, accounts } = makeTestHome(t)
  const id = { uid: accounts.qmailr.uid, gid: accounts.qmail }
  assert.deepEqual([spawnSync(bin('tcpto'), id).status, spawnSync(bin('tcpok'), id).status], [0, 0])
})
