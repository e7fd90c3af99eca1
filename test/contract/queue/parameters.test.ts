/**
 * Parameters of envelopes on their way into todo, over every way of the Submission port, and from there into info by the real send:
 * cases M1, M2, A4 and A10 with control/queueext at 1, and what happens without it.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { byteString, bytesOf } from '../../../lib/bytes/bytes.ts'
import type { Envelope } from '../../../lib/envelope/envelope.ts'
import { PARAMETER_BYTES } from '../../../lib/envelope/parameters.ts'
import { pipeToChild, startProgram as start } from '../../../lib/exec/start.ts'
import { ok, status } from '../../../lib/failure/failure.ts'
import { submitByExec } from '../../../lib/queue/by-exec.ts'
import { fileSystem } from '../../../lib/queue/by-file.ts'
import { submitBySocket } from '../../../lib/queue/by-socket.ts'
import { classicWriter } from '../../../lib/queue/draft.ts'
import { passThrough } from '../../../lib/queue/filter.ts'
import { pullTrigger } from '../../../lib/queue/by-fifo.ts'
import { channelPath, infoPath } from '../../../lib/queue/paths.ts'
import type { OpenSubmission } from '../../../lib/queue/submission.ts'
import { submitToStore } from '../../../src/queue/direct.ts'
import type { Intaking } from '../../../src/queue/queue.ts'
import { program } from '../../helpers/program.ts'
import { makeQueue } from '../../helpers/queue.ts'
import { caseHome } from '../../helpers/send-fixture.ts'
import { startProgram } from '../../helpers/send-program.ts'

const uid = process.getuid?.() ?? 0
const home = mkdtempSync(`${tmpdir()}/jsmail-parameters-`)
const plainHome = mkdtempSync(`${tmpdir()}/jsmail-parameters-`)
const residents: ChildProcess[] = []

before(async () => {
  for (const at of [home, plainHome]) {
    makeQueue(at)
    if (at === home) writeFileSync(`${at}/control/queueext`, '1\n')
    const stdio = ['ignore', 'ignore', 'pipe'] as const
    const resident = spawn(program('queue'), ['--serve'], {
      env: { ...process.env, JSMAIL_HOME: at },
      stdio: [...stdio],
    })
    residents.push(resident)
    await once(resident.stderr!, 'data')
  }
})

after(async () => {
  for (const resident of residents) {
    resident.kill('SIGTERM')
    await once(resident, 'exit')
  }
  for (const at of [home, plainHome]) rmSync(at, { recursive: true })
})

function storeOf(at: string, extended: boolean): Intaking {
  const writer = classicWriter(fileSystem(`${at}/queue`), {
    pid: process.pid,
    now: Date.now,
    trigger: () => pullTrigger(`${at}/queue/lock/trigger`),
    messageSync: 'before',
  })
  const isExtended = () => ok(extended)
  return { writer, known: {}, smtpdUid: -1, filter: passThrough, isExtended, now: Date.now }
}

function ways(at: string): readonly { readonly name: string; readonly open: OpenSubmission }[] {
  const store = storeOf(at, at === home)
  const env = { PATH: process.env['PATH'], JSMAIL_HOME: at }
  return [
    { name: 'store', open: submitToStore(store, { uid, qp: 80_000_000 }) },
    { name: 'socket', open: submitBySocket(`${at}/submit/queue`, { numbering: 'counter' }) },
    { name: 'exec', open: submitByExec({ program: program('queue'), home: at, env }) },
  ]
}

/** What todo says behind u and p, or the status of the failure and its code. The queue is empty of todo afterwards. */
async function todoOf(at: string, open: OpenSubmission, envelope: Envelope): Promise<string> {
  const opened = await open()
  assert.ok(opened.ok)
  await opened.value.write(bytesOf('m\n'))
  const result = await opened.value.commit(envelope)
  if (!result.ok) {
    assert.deepEqual(readdirSync(`${at}/queue/todo`), [])
    return `${status(result.failure)} ${result.failure.code}`
  }
  return takeTodo(at).replace(/^u\d+\0p\d+\0/, '')
}

function takeTodo(at: string): string {
  const [number = '', ...others] = readdirSync(`${at}/queue/todo`)
  assert.deepEqual(others, [])
  const text = byteString(readFileSync(`${at}/queue/todo/${number}`))
  assert.equal(byteString(readFileSync(`${at}/queue/intd/${number}`)), text)
  for (const directory of ['todo', 'intd', `mess/${Number(number) % 23}`])
    rmSync(`${at}/queue/${directory}/${number}`)
  return text
}

const dsn: Envelope = {
  sender: 'a@b',
  recipients: ['x@y', 'z@y', 'x@y'],
  parameters: {
    mail: 'RET=HDRS ENVID=a+20b',
    rcpt: new Map([
      [2, 'NOTIFY=NEVER'],
      [0, 'NOTIFY=SUCCESS ORCPT=rfc822;x@y'],
    ]),
  },
}

const tls: Envelope = {
  sender: 'a@b',
  recipients: ['x@y'],
  parameters: { mail: 'REQUIRETLS', rcpt: new Map() },
}

for (const [index, { name }] of ways(home).entries()) {
  const way = (at: string): OpenSubmission => ways(at)[index]!.open

  describe(`parameters by ${name}`, () => {
    test('each stands in todo behind the record that it belongs to', async () => {
      assert.equal(
        await todoOf(home, way(home), dsn),
        'Fa@b\0p;1 M RET=HDRS ENVID=a+20b\0Tx@y\0p;1 R NOTIFY=SUCCESS ORCPT=rfc822;x@y\0Tz@y\0Tx@y\0p;1 R NOTIFY=NEVER\0',
      )
    })

    test('a message without parameters has no carrier', async () => {
      assert.equal(await todoOf(home, way(home), { sender: '', recipients: ['x@y'] }), 'F\0Tx@y\0')
    })

    test('M1: without queueext they are lost, and the message is queued', async () => {
      assert.equal(await todoOf(plainHome, way(plainHome), dsn), 'Fa@b\0Tx@y\0Tz@y\0Tx@y\0')
    })

    test('M2: REQUIRETLS, which nothing of ours can promise yet, is refused for good, with queueext and without', async () => {
      assert.equal(await todoOf(home, way(home), tls), '5.6.3 91')
      assert.equal(await todoOf(plainHome, way(plainHome), tls), '5.6.3 91')
    })

    test(`texts of ${PARAMETER_BYTES} bytes are taken, longer ones refused`, async () => {
      const most = `ENVID=${'x'.repeat(PARAMETER_BYTES - 6)}`
      const envelope = (mail: string, rcpt: string): Envelope => ({
        sender: 'a@b',
        recipients: ['x@y'],
        parameters: { mail, rcpt: new Map([[0, rcpt]]) },
      })
      const queued = `Fa@b\0p;1 M ${most}\0Tx@y\0p;1 R ${most}\0`
      assert.equal(await todoOf(home, way(home), envelope(most, most)), queued)
      assert.equal(await todoOf(home, way(home), envelope(`${most}x`, 'A')), '4.3.0 91')
      assert.equal(await todoOf(home, way(home), envelope('A', `${most}x`)), '4.3.0 91')
    })

    test('ten thousand recipients with parameters keep them, each its own', async () => {
      const recipients = Array.from({ length: 10_000 }, (_, at) => `r${at}@example.org`)
      const rcpt = new Map(recipients.map((one, at) => [at, `ORCPT=rfc822;${one}`]))
      rcpt.delete(17)
      const todo = await todoOf(home, way(home), {
        sender: 'a@b',
        recipients,
        parameters: { mail: '', rcpt },
      })
      const records = recipients.map((one, at) => {
        const parameters = rcpt.get(at)
        return `T${one}\0${parameters === undefined ? '' : `p;1 R ${parameters}\0`}`
      })
      assert.ok(todo === `Fa@b\0${records.join('')}`)
    })
  })
}

/** bin/queue on raw bytes; `open` leaves descriptor 1 open until the program has ended. */
async function queue(
  at: string,
  wire: string,
  end: 'open' | 'closed',
  id?: number,
): Promise<number | undefined> {
  const [message, envelope] = [pipeToChild(), pipeToChild()]
  const started = await start({
    program: program('queue'),
    args: [],
    env: { PATH: '/usr/bin:/bin', JSMAIL_HOME: at },
    descriptors: [message.end, envelope.end, 2],
    ...(id === undefined ? {} : { id: { uid: id, gid: id } }),
  })
  assert.ok(started.ok)
  for (const { stream } of [message, envelope]) stream.on('error', () => {})
  message.stream.end('m\n')
  if (end === 'open') envelope.stream.write(bytesOf(wire))
  else envelope.stream.end(bytesOf(wire))
  const exited = await started.value.exited
  envelope.stream.destroy()
  return exited.is === 'code' ? exited.code : undefined
}

const ids = uid === 0 ? [undefined, 54321] : [undefined]

for (const id of ids) {
  const who = id === undefined ? 'writing itself' : 'relaying'
  describe(`one-shot queue, ${who}`, () => {
    test('without queueext nothing is read past the terminator: an open descriptor 1 holds nobody up', async () => {
      assert.equal(await queue(plainHome, 'Fa@b\0Tx@y\0\0', 'open', id), 0)
      assert.match(takeTodo(plainHome), /^u\d+\0p\d+\0Fa@b\0Tx@y\0$/)
    })

    test('A10: what is no trailer leaves no trace', async () => {
      for (const rest of ['', 'ZZZ', 'E2\0MA\0\0', 'E1']) {
        assert.equal(await queue(home, `Fa@b\0Tj@x\0\0${rest}`, 'closed', id), 0)
        assert.match(takeTodo(home), /^u\d+\0p\d+\0Fa@b\0Tj@x\0$/)
      }
    })

    test('A4, A5: unknown letters and unknown demands are 91', async () => {
      for (const wire of ['Fa@b\0Xjoe@x\0\0', 'uhello\0Fa@b\0Tx@y\0\0', 'Fa@b\0XOTHER\0Tx@y\0\0'])
        assert.equal(await queue(home, wire, 'closed', id), 91)
      assert.deepEqual(readdirSync(`${home}/queue/todo`), [])
    })

    test('a trailer that is wrong is 91, one that is cut 54', async () => {
      assert.equal(await queue(home, 'Fa@b\0Tx@y\0\0E1\0R1 A\0\0', 'closed', id), 91)
      assert.equal(await queue(home, 'Fa@b\0Tx@y\0\0E1\0MA\0', 'closed', id), 54)
      assert.deepEqual(readdirSync(`${home}/queue/todo`), [])
    })

    test('a demand whose trailer was dropped on the way is refused as well', async () => {
      assert.equal(await queue(home, 'Fa@b\0XREQUIRETLS\0Tx@y\0\0', 'closed', id), 91)
      assert.deepEqual(readdirSync(`${home}/queue/todo`), [])
    })
  })
}

test('profile modern means 1, queueext overrides it, and a queueext that cannot be read is 55', async () => {
  const wire = 'Fa@b\0Tx@y\0\0E1\0MRET=HDRS\0\0'
  const at = mkdtempSync(`${tmpdir()}/jsmail-parameters-`)
  try {
    makeQueue(at)
    writeFileSync(`${at}/control/profile`, 'modern\n')
    assert.equal(await queue(at, wire, 'closed'), 0)
    assert.match(takeTodo(at), /p;1 M RET=HDRS/)
    writeFileSync(`${at}/control/queueext`, '0\n')
    assert.equal(await queue(at, wire, 'closed'), 0)
    assert.doesNotMatch(takeTodo(at), /RET/)
    rmSync(`${at}/control/queueext`)
    writeFileSync(`${at}/control/profile`, 'neither\n')
    assert.equal(await queue(at, wire, 'closed'), 55)
    assert.deepEqual(readdirSync(`${at}/queue/pid`), [])
  } finally {
    rmSync(at, { recursive: true })
  }
})

test('send keeps in info what came by descriptor 1', async (context) => {
  const there = caseHome(context)
  const running = startProgram(context, there, { remote: () => 'Zlater\n' })
  await running.untilLine('status')
  const opened = await submitToStore(storeOf(there.home, true), { uid, qp: 80_000_001 })()
  assert.ok(opened.ok)
  await opened.value.write(bytesOf('m\n'))
  const recipients = ['x@remote.example', 'y@remote.example']
  const rcpt = new Map([[1, 'NOTIFY=NEVER']])
  const result = await opened.value.commit({
    sender: 'a@b',
    recipients,
    parameters: { mail: 'RET=HDRS', rcpt },
  })
  assert.ok(result.ok)
  const lines = await running.untilLine('delivery 2: deferral')
  const number = /^new msg (\d+)$/.exec(lines.find((line) => line.startsWith('new msg')) ?? '')?.[1] ?? ''
  assert.ok(lines.some((line) => line.endsWith(`from <a@b> qp ${result.value.qp} uid ${uid}`)))
  assert.equal(there.read(channelPath('remote', number)), 'Tx@remote.example\0Ty@remote.example\0')
  assert.equal(there.read(infoPath(number)), 'Fa@b\0x1 M RET=HDRS\0x1 R 18 NOTIFY=NEVER\0')
})
