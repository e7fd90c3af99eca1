/**
 * The contract of the Submission port, over every adapter: straight to the store, by the socket of `queue --serve`, by exec of our one-shot
 * `queue` (writing itself, and relaying to the socket), and by exec of a real qmail-queue when QMAIL_HOME points at a qmail.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { byteString, bytesOf } from '../../lib/bytes/bytes.ts'
import type { Envelope } from '../../lib/envelope/envelope.ts'
import { ok } from '../../lib/failure/failure.ts'
import { fileSystem } from '../../lib/queue/by-file.ts'
import { submitByExec } from '../../lib/queue/by-exec.ts'
import { submitBySocket } from '../../lib/queue/by-socket.ts'
import { classicWriter } from '../../lib/queue/draft.ts'
import { passThrough } from '../../lib/queue/filter.ts'
import type { OpenSubmission } from '../../lib/queue/submission.ts'
import { submitToStore } from '../../src/queue/direct.ts'
import { makeQueue } from '../helpers/queue.ts'
import { program } from '../helpers/program.ts'

let number = 70_000_000
const nextNumber = (): number => ++number

interface Way {
  readonly name: string
  readonly open: OpenSubmission
  /** Where the messages land. */
  readonly queue: string
  /** The uid that todo must show. */
  readonly uid: number
}

const uid = process.getuid?.() ?? 0
const home = mkdtempSync(`${tmpdir()}/jsmail-submission-`)
let resident: ChildProcess

before(async () => {
  makeQueue(home)
  resident = spawn(program('queue'), ['--serve'], {
    env: { ...process.env, JSMAIL_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [line] = await once(resident.stderr!, 'data')
  assert.match(String(line), /^queue \d+ listen socket=/)
})

after(async () => {
  resident.kill('SIGTERM')
  await once(resident, 'exit')
  rmSync(home, { recursive: true })
})

function ways(): Way[] {
  const queue = `${home}/queue`
  const env = { PATH: process.env['PATH'], JSMAIL_HOME: home }
  const naming = {
    pid: process.pid,
    now: Date.now,
    trigger: () => {},
    messageSync: 'before' as const,
  }
  const writer = classicWriter(fileSystem(queue), naming)
  const store = {
    writer,
    known: {},
    smtpdUid: uid,
    filter: passThrough,
    isExtended: () => ok(false),
    now: Date.now,
  }
  const list: Way[] = [
    { name: 'store', open: (facts) => submitToStore(store, { uid, qp: nextNumber() })(facts), queue, uid },
    { name: 'socket', open: submitBySocket(`${home}/submit/queue`, { numbering: 'counter' }), queue, uid },
    { name: 'exec', open: submitByExec({ program: program('queue'), home, env }), queue, uid },
  ]
  const qmail = process.env['QMAIL_HOME']
  if (qmail !== undefined) {
    const real = { program: `${qmail}/bin/qmail-queue`, home: qmail, env }
    list.push({ name: 'qmail', open: submitByExec(real), queue: `${qmail}/queue`, uid })
  }
  return list
}

async function submit(
  open: OpenSubmission,
  chunks: readonly string[],
  envelope: Envelope,
): Promise<string | number> {
  const opened = await open({ TCPREMOTEIP: '127.0.0.1' })
  if (!opened.ok) return opened.failure.text
  for (const chunk of chunks) await opened.value.write(bytesOf(chunk))
  const result = await opened.value.commit(envelope)
  return result.ok ? result.value.qp : result.failure.code
}

interface Found {
  readonly message: string
  readonly todo: string
  readonly number: string
}

/** The message whose todo says this qp. */
function queued(queue: string, qp: number): Found {
  for (const number of readdirSync(`${queue}/todo`)) {
    const todo = byteString(readFileSync(`${queue}/todo/${number}`))
    if (!todo.includes(`\0p${qp}\0`)) continue
    const path = `${queue}/mess/${Number(number) % 23}/${number}`
    assert.equal(String(statSync(path).ino), number, 'the number is the inode')
    assert.equal(statSync(path).mode & 0o777, 0o644)
    assert.equal(statSync(`${queue}/intd/${number}`).ino, statSync(`${queue}/todo/${number}`).ino)
    return { message: byteString(readFileSync(path)), todo, number }
  }
  throw new Error(`nothing queued with qp ${qp}`)
}

function everything(queue: string): string[] {
  const names: string[] = []
  for (const directory of ['mess', 'intd', 'todo', 'pid']) {
    const all = readdirSync(`${queue}/${directory}`, { recursive: true, withFileTypes: true })
    names.push(...all.filter((entry) => entry.isFile()).map((entry) => `${directory}/${entry.name}`))
  }
  return names.sort()
}

const joe: Envelope = { sender: 'a@b', recipients: ['joe@local.example'] }

for (const { name } of ways()) {
  const way = (): Way => ways().find((one) => one.name === name)!

  describe(`submission by ${name}`, () => {
    test('a message is stored behind one Received line, with its envelope in todo', async () => {
      const { open, queue, uid } = way()
      const qp = await submit(open, ['Subject: t\n', '\nbody\n'], joe)
      assert.equal(typeof qp, 'number')
      const { message, todo } = queued(queue, Number(qp))
      const date = String.raw`\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d -0000`
      assert.match(
        message,
        new RegExp(`^Received: \\(qmail ${qp} invoked by uid ${uid}\\); ${date}\nSubject: t\n\nbody\n$`),
      )
      assert.equal(todo, `u${uid}\0p${qp}\0Fa@b\0Tjoe@local.example\0`)
      assert.deepEqual(readdirSync(`${queue}/pid`), [])
    })

    test('bytes of every kind come through, without a final LF too', async () => {
      const { open, queue } = way()
      const all = byteString(Uint8Array.from({ length: 256 }, (_, byte) => byte)).repeat(3)
      const qp = Number(await submit(open, [all, '\r\n.\r\n', all], joe))
      assert.ok(queued(queue, qp).message.endsWith(`-0000\n${all}\r\n.\r\n${all}`))
    })

    test('an empty message, a null sender and no recipient are legal', async () => {
      const { open, queue, uid } = way()
      const qp = Number(await submit(open, [], { sender: '', recipients: [] }))
      const { message, todo } = queued(queue, qp)
      assert.match(message, /^Received: [^\n]*\n$/)
      assert.equal(todo, `u${uid}\0p${qp}\0F\0`)
    })

    test('addresses of 1002 bytes are taken, of 1003 refused with code 11', async () => {
      const { open, queue } = way()
      const most = 'x'.repeat(1002)
      const qp = Number(await submit(open, ['m\n'], { sender: most, recipients: [most] }))
      assert.ok(queued(queue, qp).todo.endsWith(`F${most}\0T${most}\0`))
      const before = readdirSync(`${queue}/todo`)
      assert.equal(await submit(open, ['m\n'], { sender: `${most}x`, recipients: [] }), 11)
      assert.equal(await submit(open, ['m\n'], { sender: '', recipients: [`${most}x`] }), 11)
      assert.deepEqual(readdirSync(`${queue}/todo`), before)
    })

    test('a large message comes through whole', async () => {
      const { open, queue } = way()
      const chunks = Array.from({ length: 100 }, (_, index) => `${index} `.repeat(20_000))
      const qp = Number(await submit(open, chunks, joe))
      const { message } = queued(queue, qp)
      const sent = createHash('sha256').update(chunks.join(''), 'latin1').digest('hex')
      const kept = message.slice(message.indexOf('\n') + 1)
      assert.equal(createHash('sha256').update(kept, 'latin1').digest('hex'), sent)
    })

    test('ten thousand recipients arrive in their order, duplicates kept', async () => {
      const { open, queue } = way()
      const recipients = Array.from({ length: 10_000 }, (_, index) => `r${index % 9000}@example.org`)
      const qp = Number(await submit(open, ['m\n'], { sender: 's@d', recipients }))
      assert.ok(queued(queue, qp).todo.endsWith(`Fs@d\0${recipients.map((one) => `T${one}\0`).join('')}`))
    })

    test('an aborted message leaves nothing', async () => {
      const { open, queue } = way()
      const before = everything(queue)
      const opened = await open()
      assert.ok(opened.ok)
      await opened.value.write(bytesOf('half a mess'))
      await opened.value.abort()
      // The queue may still be at it: wait for the directory, not for a time.
      const deadline = Date.now() + 5000
      while (everything(queue).length !== before.length && Date.now() < deadline)
        await new Promise(setImmediate)
      assert.deepEqual(everything(queue), before)
    })

    test('fifty submissions at once are fifty messages', async () => {
      const { open, queue } = way()
      const count = name === 'exec' ? 10 : 50
      const bodies = Array.from({ length: count }, (_, index) => `body ${index}\n`)
      const before = new Set(readdirSync(`${queue}/todo`))
      const results = await Promise.all(bodies.map((body) => submit(open, [body], joe)))
      for (const qp of results) assert.equal(typeof qp, 'number')
      const fresh = readdirSync(`${queue}/todo`).filter((number) => !before.has(number))
      const kept = fresh.map((number) =>
        byteString(readFileSync(`${queue}/mess/${Number(number) % 23}/${number}`)),
      )
      assert.deepEqual(
        kept.map((message) => message.slice(message.indexOf('\n') + 1)).sort(),
        [...bodies].sort(),
      )
    })
  })
}

describe('submission by a user who may not write the queue', () => {
  const skip = uid === 0 && existsSync('/usr/bin/setpriv') ? false : 'needs root and setpriv'
  test('goes through the socket under that uid, and qp is the pid of the caller', { skip }, async () => {
    chmodSync(home, 0o755)
    const child = spawn(
      '/usr/bin/setpriv',
      ['--reuid=54321', '--regid=54321', '--clear-groups', program('queue')],
      {
        env: { ...process.env, JSMAIL_HOME: home },
        stdio: ['pipe', 'pipe', 2],
      },
    )
    const envelope = child.stdio[1] as unknown as NodeJS.WritableStream
    child.stdin!.end('Subject: relay\n\n')
    envelope.end('Fa@b\0Tc@d\0\0')
    const [code] = await once(child, 'exit')
    assert.equal(code, 0)
    const { todo } = queued(`${home}/queue`, child.pid!)
    assert.equal(todo, `u54321\0p${child.pid}\0Fa@b\0Tc@d\0`)
  })
})

describe('without a queue to reach', () => {
  test('exec of nothing, a dead socket and a missing home are "later"', async () => {
    const env = { PATH: process.env['PATH'], JSMAIL_HOME: `${home}/nowhere` }
    assert.equal(await submit(submitByExec({ program: '/no/such', home, env }), [], joe), 'unable to exec qq')
    assert.equal(await submit(submitByExec({ program: program('queue'), home, env }), [], joe), 61)
    const nobody = submitBySocket(`${home}/submit/nobody`, { numbering: 'counter' })
    assert.equal(await submit(nobody, [], joe), 'qq trouble creating files in queue')
  })

  test('a queue program that hangs is killed when its life is over, and that is "later"', async () => {
    const env = { PATH: process.env['PATH'] }
    writeFileSync(`${home}/hangs`, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 })
    const open = submitByExec({ program: 'hangs', home, env, lifeMs: 300 })
    assert.equal(await submit(open, ['m\n'], joe), 81)
  })

  test('the other way is taken when no queue listens', async () => {
    const env = { PATH: process.env['PATH'], JSMAIL_HOME: home }
    const otherwise = submitByExec({ program: program('queue'), home, env })
    const open = submitBySocket(`${home}/submit/nobody`, { numbering: 'counter', otherwise })
    const qp = Number(await submit(open, ['m\n'], joe))
    assert.ok(queued(`${home}/queue`, qp))
  })
})
