/** jsmail's command line: help, mistakes, exit codes. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { jsmail } from '../../../helpers/jsmail.ts'

const nobody = { openQueue: () => assert.fail('not opened'), holdMutex: () => assert.fail('not held') }

test('help is a success', async () => {
  const help = await jsmail('/nonexistent', ['--help'], nobody)
  assert.equal(help.code, 0)
  assert.match(help.out, /queue +the messages in the queue/)
  assert.match(help.out, /fsck .* +is the queue as it has to be\?/)
  const queue = await jsmail('/nonexistent', ['help', 'queue'], nobody)
  assert.equal(queue.code, 0)
  for (const command of ['list', 'show', 'summary', 'retry', 'remove', 'bounce'])
    assert.match(queue.out, new RegExp(`\\n  ${command} `))
  assert.match((await jsmail('/nonexistent', ['queue', 'list', '--help'], nobody)).out, /--older <time>/)
})

test('a wrong command line is 100, and nothing is touched', async () => {
  const wrong = [
    '',
    'nonsense',
    'queue nonsense',
    'queue --nonsense',
    'queue list 5',
    'queue --older soon',
    'queue summary --top many',
    'queue show',
    'queue show x5',
    'queue remove',
    'queue remove 5 ../6',
    'queue bounce 123456789012345678901',
    'queue retry',
    'queue retry 5 --all',
    'fsck 5',
    'fsck --mend',
  ]
  for (const line of wrong) {
    const { code, out, err } = await jsmail('/nonexistent', line.split(' ').filter(Boolean), nobody)
    assert.deepEqual([code, out], [100, ''], line)
    assert.notEqual(err, '', line)
  }
})

test('a home without a queue is 111 and one line', async (t) => {
  const home = mkdtempSync(`${tmpdir()}/jsmail-`)
  t.after(() => rmSync(home, { recursive: true }))
  const { code, out, err } = await jsmail(home, ['queue'])
  assert.deepEqual([code, out, err], [111, '', 'jsmail: unable to read queue/todo: file does not exist\n'])
  const removed = await jsmail(home, ['queue', 'remove', '5'])
  assert.deepEqual(
    [removed.code, removed.err],
    [111, 'jsmail: unable to open queue/lock/sendmutex: file does not exist\n'],
  )
})

test('a log that cannot be read is 111 and one line', async (t) => {
  const home = mkdtempSync(`${tmpdir()}/jsmail-`)
  t.after(() => rmSync(home, { recursive: true }))
  const { code, err } = await jsmail(home, ['queue', '--log', `${home}/none`])
  assert.equal(code, 111)
  assert.match(err, /^jsmail: ENOENT: .*none'\n$/)
})
