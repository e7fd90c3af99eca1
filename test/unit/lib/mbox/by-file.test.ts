import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { deliverToMbox } from '../../../../lib/mbox/by-file.ts'
import type { MboxDelivery } from '../../../../lib/mbox/mbox.ts'
import { makeFifo, tryLock } from '../../../../lib/os/os.ts'

const home = mkdtempSync(join(tmpdir(), 'mbox-'))
after(() => rmSync(home, { recursive: true }))

const head = Buffer.from('From a@b Sun Nov 22 04:20:47 2026\nReturn-Path: <a@b>\n')

function delivery(name: string, text: string | MboxDelivery['message']): MboxDelivery {
  const message = typeof text === 'string' ? [Buffer.from(text, 'latin1')] : text
  return { path: join(home, name), name: `./${name}`, head, message, lockSeconds: 10 }
}

async function failureOf(given: MboxDelivery): Promise<string> {
  const result = await deliverToMbox(given)
  assert.ok(!result.ok)
  assert.equal(result.failure.retry, 'later')
  return `${result.failure.text} (#4.${result.failure.subject})`
}

function contentOf(name: string): string {
  return readFileSync(join(home, name), 'latin1')
}

test('a new mbox is for its owner only; a message in it is head, quoted text and an empty line', async () => {
  assert.ok((await deliverToMbox(delivery('new', 'Subject: t\n\nFrom here\n>From there\nlast'))).ok)
  assert.equal(contentOf('new'), `${head}Subject: t\n\n>From here\n>>From there\nlast\n\n`)
  assert.equal(statSync(join(home, 'new')).mode & 0o777, 0o600)
})

test('the next message goes behind what is there', async () => {
  writeFileSync(join(home, 'old'), 'From x y\n\nold\n\n')
  assert.ok((await deliverToMbox(delivery('old', 'new\n'))).ok)
  assert.equal(contentOf('old'), `From x y\n\nold\n\n${head}new\n\n`)
})

test('20 messages at once stand one after the other', async () => {
  const texts = Array.from({ length: 20 }, (_, index) => `${index}\n`.repeat(2000))
  const results = await Promise.all(texts.map((text) => deliverToMbox(delivery('many', text))))
  assert.ok(results.every((result) => result.ok))
  const found = contentOf('many').split(head.toString()).slice(1)
  assert.deepEqual(found.toSorted(), texts.map((text) => `${text}\n`).toSorted())
})

test('an mbox that stays locked is a temporary failure and is left as it is', async () => {
  writeFileSync(join(home, 'locked'), 'x\n')
  const theirs = openSync(join(home, 'locked'), 'a')
  assert.ok(tryLock(theirs))
  const given = { ...delivery('locked', 'y\n'), lockSeconds: 0 }
  assert.equal(await failureOf(given), 'File has been locked for 0 seconds straight. (#4.3.0)')
  closeSync(theirs)
  assert.equal(contentOf('locked'), 'x\n')
  assert.ok((await deliverToMbox(given)).ok)
})

test('an mbox that was replaced while we waited for its lock gets the message, not its old file', async () => {
  writeFileSync(join(home, 'box'), 'old\n')
  const theirs = openSync(join(home, 'box'), 'a')
  assert.ok(tryLock(theirs))
  const delivered = deliverToMbox(delivery('box', 'y\n'))
  writeFileSync(join(home, 'box.new'), 'kept\n')
  renameSync(join(home, 'box.new'), join(home, 'box'))
  closeSync(theirs)
  assert.ok((await delivered).ok)
  assert.equal(contentOf('box'), `kept\n${head}y\n\n`)
})

test('a message that cannot be read is cut off again', async () => {
  writeFileSync(join(home, 'cut'), 'old\n')
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half a message\n')
    throw Object.assign(new Error('read'), { code: 'EIO' })
  }
  const text = 'Unable to read message: input/output error. (#4.3.0)'
  assert.equal(await failureOf(delivery('cut', broken())), text)
  assert.equal(contentOf('cut'), 'old\n')
})

test('what is no regular file is refused at once, with its reason', async () => {
  mkdirSync(join(home, 'dir'))
  symlinkSync('loop', join(home, 'loop'))
  makeFifo(join(home, 'fifo'), 0o600)
  const cases: [name: string, reason: string][] = [
    ['dir', 'is a directory'],
    ['loop', 'symbolic link loop'],
    ['missing/box', 'file does not exist'],
    ['new/box', 'not a directory'],
    ['fifo', 'not a regular file'],
  ]
  for (const [name, reason] of cases) {
    assert.equal(await failureOf(delivery(name, 'x')), `Unable to open ./${name}: ${reason}. (#4.2.1)`)
  }
  const reader = openSync(join(home, 'fifo'), 'r+')
  assert.equal(await failureOf(delivery('fifo', 'x')), 'Unable to open ./fifo: not a regular file. (#4.2.1)')
  closeSync(reader)
  const device = { ...delivery('null', 'x'), path: '/dev/null' }
  assert.equal(await failureOf(device), 'Unable to open ./null: not a regular file. (#4.2.1)')
})

test('an mbox behind a symbolic link is made where the link points', async () => {
  mkdirSync(join(home, 'elsewhere'))
  symlinkSync('elsewhere/box', join(home, 'link'))
  assert.ok((await deliverToMbox(delivery('link', 'x\n'))).ok)
  assert.equal(contentOf('elsewhere/box'), `${head}x\n\n`)
  assert.ok(lstatSync(join(home, 'link')).isSymbolicLink())
})

test("Python's mailbox module finds the messages that we appended", async () => {
  await deliverToMbox(delivery('python', 'Subject: one\n\nFrom here\nlast'))
  await deliverToMbox(delivery('python', 'Subject: two\n\nbody\n'))
  const script = [
    'import mailbox, sys',
    'box = mailbox.mbox(sys.argv[1], create=False)',
    'print([(m["Return-Path"], m["Subject"], m.get_payload()) for m in box])',
  ].join('\n')
  const said = execFileSync('python3', ['-c', script, join(home, 'python')], { encoding: 'utf8' })
  assert.equal(said, "[('<a@b>', 'one', '>From here\\nlast\\n'), ('<a@b>', 'two', 'body\\n')]\n")
})
