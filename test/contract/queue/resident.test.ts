/** `queue --serve`: many clients at once, bad clients, death at a bad moment, and how much memory it takes. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, test } from 'node:test'
import { byteString, bytesOf } from '../../../lib/bytes/bytes.ts'
import { submitBySocket } from '../../../lib/queue/by-socket.ts'
import { encodeOpening, frame, frameHead, FrameReader } from '../../../lib/queue/frames.ts'
import { program } from '../../helpers/program.ts'
import { makeQueue } from '../../helpers/queue.ts'

let home: string
let resident: ChildProcess

beforeEach(async () => {
  home = mkdtempSync(`${tmpdir()}/jsmail-resident-`)
  makeQueue(home)
  resident = await start()
})

afterEach(async () => {
  await stop(resident)
  rmSync(home, { recursive: true })
})

async function start(...options: readonly string[]): Promise<ChildProcess> {
  const child = spawn(program('queue'), ['--serve', ...options], {
    env: { ...process.env, JSMAIL_HOME: home },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  child.stdin!.on('error', () => {})
  const [line] = await once(child.stderr!, 'data')
  assert.match(String(line), / listen socket=/)
  return child
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  child.kill(signal)
  await once(child, 'exit')
  return child.exitCode
}

const socketPath = (): string => `${home}/submit/queue`
const todo = (): string[] => readdirSync(`${home}/queue/todo`)
const mess = (number: string): Buffer => readFileSync(`${home}/queue/mess/${Number(number) % 23}/${number}`)
const bodyOf = (number: string): string => byteString(mess(number)).replace(/^Received: [^\n]*\n/, '')
const client = (): ReturnType<typeof submitBySocket> => submitBySocket(socketPath(), { numbering: 'counter' })

async function submit(open: ReturnType<typeof client>, body: string): Promise<boolean> {
  const opened = await open()
  if (!opened.ok) return false
  await opened.value.write(bytesOf(body))
  const result = await opened.value.commit({ sender: 's@d', recipients: ['r@d'] })
  return result.ok
}

async function rawClient(...bytes: readonly Buffer[]): Promise<Socket> {
  const socket = connect(socketPath())
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(Buffer.concat(bytes))
  return socket
}

const opening = frame('S', encodeOpening({ numbering: 'counter', facts: {} }))
const envelope = frame('E', bytesOf('Fa@b\0Tc@d\0\0'))

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!condition()) {
    assert.ok(Date.now() < deadline, `in vain waited for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('a thousand clients at once are a thousand messages', async () => {
  const bodies = Array.from({ length: 1000 }, (_, index) => `message ${index}\n`)
  const accepted = await Promise.all(bodies.map((body) => submit(client(), body)))
  // Half of the slots are one user's: with 2,000 slots, all of these.
  assert.equal(accepted.filter(Boolean).length, 1000)
  assert.deepEqual(todo().map(bodyOf).sort(), [...bodies].sort())
})

test('many submissions, one after the other, on one connection', async () => {
  const open = client()
  for (let index = 0; index < 20; index++) assert.ok(await submit(open, `number ${index}\n`))
  assert.equal(todo().length, 20)
})

test('a client that dies inside the message leaves nothing, and nobody else notices', async () => {
  const dying = await rawClient(opening, frameHead('M', 1_000_000), Buffer.alloc(500_000, 'x'))
  const waiting = await rawClient(opening, frame('M', bytesOf('half')))
  await until(() => messFiles().length === 2, 'two messages under way')
  dying.destroy()
  await until(() => messFiles().length === 1, 'the dead client to be cleaned up')
  assert.ok(await submit(client(), 'fine\n'))
  waiting.write(Buffer.concat([frame('M', bytesOf(' and whole\n')), envelope, frame('C')]))
  const [answer] = await once(waiting, 'data')
  assert.equal(answer[5], 0)
  assert.deepEqual(todo().map(bodyOf).sort(), ['fine\n', 'half and whole\n'])
  waiting.destroy()
})

function messFiles(): string[] {
  return readdirSync(`${home}/queue/mess`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
}

test('what is not the language of the socket ends the connection, not the queue', async () => {
  const garbage: readonly Buffer[] = [
    randomBytes(1000),
    frame('M', bytesOf('no opening')),
    frame('C'),
    frame('S', bytesOf('zzz')),
    Buffer.concat([opening, opening]),
    Buffer.concat([opening, frame('X' as 'A')]),
    frameHead('S', 0xffffffff),
  ]
  for (const bytes of garbage) {
    const socket = await rawClient(bytes)
    await once(socket, 'close')
  }
  assert.ok(await submit(client(), 'fine\n'))
  assert.equal(todo().length, 1)
})

test('a commit without an envelope is a read error and leaves nothing', async () => {
  const socket = await rawClient(opening, frame('M', bytesOf('m\n')), frame('C'))
  const [bytes] = await once(socket, 'data')
  const reader = new FrameReader()
  reader.push(bytes)
  assert.equal(reader.next()?.bytes[0], 54)
  assert.deepEqual(messFiles(), [])
  socket.destroy()
})

test('killed while clients submit, it has every message that it acknowledged', async () => {
  const acknowledged: string[] = []
  let sent = 0
  const submitting = Array.from({ length: 20 }, async () => {
    const open = client()
    for (;;) {
      const body = `${++sent} ${randomBytes(3000).toString('hex')}\n`
      if (!(await submit(open, body))) return
      acknowledged.push(body)
    }
  })
  await until(() => acknowledged.length > 100, 'a hundred messages')
  await stop(resident, 'SIGKILL')
  await Promise.all(submitting)
  const kept = new Set(todo().map(bodyOf))
  assert.deepEqual(
    acknowledged.filter((body) => !kept.has(body)),
    [],
  )
  resident = await start()
  assert.ok(await submit(client(), 'after\n'))
})

test('TERM lets a submission under way finish and takes no other', async () => {
  const slow = await rawClient(opening, frame('M', bytesOf('slow\n')))
  const idle = await rawClient()
  await until(() => messFiles().length === 1, 'a message under way')
  const exited = once(resident, 'exit')
  resident.kill('SIGTERM')
  await once(idle, 'close')
  assert.equal(await submit(client(), 'late\n'), false)
  slow.write(Buffer.concat([envelope, frame('C')]))
  const [answer] = await once(slow, 'data')
  assert.equal(answer[5], 0)
  assert.deepEqual(await exited, [0, null])
  assert.deepEqual(todo().map(bodyOf), ['slow\n'])
})

test('with --until-eof it ends when its parent does', async () => {
  await stop(resident)
  const child = await start('--until-eof')
  const exited = once(child, 'exit')
  child.stdin!.end()
  assert.deepEqual(await exited, [0, null])
})

test('a second one in the same home refuses to start', async () => {
  const second = spawn(program('queue'), ['--serve'], {
    env: { ...process.env, JSMAIL_HOME: home },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [[text], [code]] = await Promise.all([once(second.stderr, 'data'), once(second, 'exit')])
  assert.match(String(text), /already running/)
  assert.equal(code, 111)
  assert.ok(await submit(client(), 'fine\n'))
})

test('memory stays within 32 MiB of the start, however large the messages', async () => {
  const residentKiB = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${resident.pid}/status`, 'latin1'))?.[1])
  // Past the first collections, so that the start of the heap itself is not counted.
  await Promise.all(Array.from({ length: 20 }, () => submit(client(), 'warm\n'.repeat(20_000))))
  const before = residentKiB()
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, residentKiB())), 5)
  const chunk = Buffer.alloc(65_536, 'x')
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const opened = await client()()
      assert.ok(opened.ok)
      for (let written = 0; written < 160; written++) await opened.value.write(chunk)
      assert.ok((await opened.value.commit({ sender: '', recipients: [] })).ok)
    }),
  )
  clearInterval(watch)
  const sizes = todo().map((number) => statSync(`${home}/queue/mess/${Number(number) % 23}/${number}`).size)
  assert.equal(sizes.filter((size) => size > 10_000_000).length, 20)
  assert.ok(most - before < 32 * 1024, `grew by ${most - before} KiB`)
})
