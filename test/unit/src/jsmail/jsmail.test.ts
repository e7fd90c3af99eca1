/** jsmail: its command line, and the listing of a real queue. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { fileSystem } from '../../../../lib/queue/by-file.ts'
import { classicKeeper } from '../../../../lib/queue/classic-keeper.ts'
import type { Kept, QueueKeeper } from '../../../../lib/queue/keeper.ts'
import { runCommand } from '../../../../src/jsmail/jsmail.ts'
import { listQueue } from '../../../../src/jsmail/list.ts'
import { duration, size } from '../../../../src/jsmail/render.ts'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { makeTestHome } from '../../../helpers/home.ts'
import { enqueue } from '../../../helpers/enqueue.ts'

function valueOf<T>(kept: Kept<T>): T {
  assert.ok(kept.ok, kept.ok ? '' : `${kept.failure.doing} ${kept.failure.file}`)
  return kept.value
}

async function onlyNumber(keeper: QueueKeeper): Promise<string> {
  for await (const [number] of keeper.todo.waiting()) if (number !== undefined) return number
  throw new Error('nothing in todo')
}

/** As send does it: one message with a recipient on each channel. */
async function preprocess(keeper: QueueKeeper): Promise<string> {
  const number = await onlyNumber(keeper)
  const processing = valueOf(await keeper.todo.preprocess(number))
  valueOf(await processing.addSender('joe@example.test'))
  valueOf(await processing.addRecipient('local', 'you@example.test'))
  valueOf(await processing.addRecipient('remote', 'a b\n@remote.test'))
  valueOf(await processing.commit())
  valueOf(await keeper.removal.removeTodo(number))
  return number
}

async function listing(home: string, now = Date.now()): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await runCommand(['queue'], {
    openQueue: () => classicKeeper(fileSystem(`${home}/queue`)),
    now: () => now,
    print: (text) => (out += text),
    complain: (text) => (err += text),
  })
  return { code, out, err }
}

test('an empty queue says so', async (t) => {
  const { home } = makeTestHome(t)
  assert.deepEqual(await listing(home), { code: 0, out: 'The queue is empty.\n', err: '' })
})

test('a message that send has not seen is new', async (t) => {
  const { home, bin } = makeTestHome(t)
  await enqueue(bin('queue'), 'Subject: hi\n\nhello\n', 'joe@example.test', ['you@example.test'])
  const { code, out } = await listing(home)
  assert.equal(code, 0)
  assert.match(out, /^\d+  \d+ bytes  new\n1 message, 1 of them new, \d+ bytes\n$/)
})

test('a preprocessed message shows its sender, its age and each recipient with its state', async (t) => {
  const { home, bin } = makeTestHome(t)
  await enqueue(bin('queue'), 'Subject: hi\n\nhello\n', 'joe@example.test', ['you@example.test'])
  const keeper = classicKeeper(fileSystem(`${home}/queue`))
  const number = await preprocess(keeper)
  valueOf(await keeper.scheduled.markDone(number, 'local', 0))
  const now = Date.now()
  valueOf(await keeper.scheduled.setDue(number, 'remote', Math.floor(now / 1000) + 90))
  valueOf(await keeper.bounces.append(number, '<x>:\nno\n\n'))
  const { code, out } = await listing(home, now)
  assert.equal(code, 0)
  assert.match(out, new RegExp(`^${number}  \\d+ bytes  \\d+ s old  <joe@example.test>  bouncing\n`))
  assert.match(
    out,
    /\n {4}local {3}you@example.test {2}done\n {4}remote {2}a_b\/@remote.test {2}waiting, next try in 1 min 30 s\n1 message, /,
  )
})

test('the same through the program: what is queued is listed', async (t) => {
  const { bin } = makeTestHome(t)
  await enqueue(bin('queue'), 'hello\n', '', ['you@example.test'])
  const { stdout } = await promisify(execFile)(bin('jsmail'), ['queue'])
  assert.match(stdout, /1 message, 1 of them new/)
})

test('a home without a queue is exit code 111 and one line', async (t) => {
  const home = mkdtempSync(`${tmpdir()}/jsmail-`)
  t.after(() => rmSync(home, { recursive: true }))
  assert.deepEqual(await listing(home), {
    code: 111,
    out: '',
    err: 'jsmail: unable to read queue/todo: file does not exist\n',
  })
})

test('a message that leaves between two looks is no trouble', async (t) => {
  const { home, bin } = makeTestHome(t)
  await enqueue(bin('queue'), 'hello\n', 'joe@example.test', ['you@example.test'])
  const keeper = classicKeeper(fileSystem(`${home}/queue`))
  const number = await preprocess(keeper)
  const leaving: QueueKeeper = {
    ...keeper,
    scheduled: {
      ...keeper.scheduled,
      facts: async (each) => {
        valueOf(await keeper.scheduled.removeInfo(number))
        return keeper.scheduled.facts(each)
      },
    },
  }
  const seen = []
  for await (const message of listQueue(leaving)) seen.push(message)
  assert.deepEqual(seen, [])
})

test('help is a success, an unknown command is 100', async () => {
  const said: string[] = []
  const surroundings = {
    openQueue: () => assert.fail('not opened'),
    now: () => 0,
    print: (text: string) => void said.push(text),
    complain: (text: string) => void said.push(text),
  }
  assert.equal(await runCommand(['--help'], surroundings), 0)
  assert.match(said.join(''), /queue +list the messages in the queue/)
  assert.equal(await runCommand(['help', 'queue'], surroundings), 0)
  assert.equal(await runCommand([], surroundings), 100)
  assert.equal(await runCommand(['nonsense'], surroundings), 100)
})

test('sizes and times are said in units that people read', () => {
  assert.deepEqual([0, 1023, 1024, 5_368_709_120].map(size), ['0 bytes', '1023 bytes', '1.0 KB', '5.0 GB'])
  assert.deepEqual([-5, 0, 59, 60, 3600 * 26, 86_400 + 5].map(duration), [
    '0 s',
    '0 s',
    '59 s',
    '1 min',
    '1 d 2 h',
    '1 d',
  ])
})
