/**
 * Every transcript of this directory, four ways: in this process as it is written, in this process byte by byte, by the program
 * under tcpserver, and by the resident program (but for those that set what only tcpserver knows of a client).
 */
import { equal, ok } from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { encodeEnvelope } from '../../../lib/envelope/wire.ts'
import { type CaptureQueue, captureQueue } from '../../helpers/capture-queue.ts'
import { command, without } from '../../helpers/peers.ts'
import { program } from '../../helpers/program.ts'
import { ControlHome, meet, memoryQueue, settled } from '../../helpers/smtp-house.ts'
import { startSmtpd } from '../../helpers/smtpd.ts'
import { isLike, parseTranscripts, type Transcript } from '../../helpers/transcript.ts'

/** What tcpserver tells of a client of loopback, with `-H -R -l mx.example.org`. */
const client = { TCPREMOTEIP: '127.0.0.1', TCPLOCALIP: '127.0.0.1', TCPLOCALHOST: 'mx.example.org' }

interface Outcome {
  readonly stored: readonly { readonly message: string; readonly envelope: string }[]
}

function checkLines(transcript: Transcript, expected: readonly string[], actual: readonly string[]): void {
  for (const [index, line] of expected.entries()) {
    ok(isLike(line, actual[index] ?? ''), `${transcript.title}\nexpected ${line}\nactual   ${actual[index]}`)
  }
}

function checkQueue(transcript: Transcript, { stored }: Outcome): void {
  if (transcript.queued !== undefined) equal(stored.length, transcript.queued)
  const last = stored.at(-1)
  const [received = '', message = ''] = splitReceived(last?.message ?? '')
  if (transcript.received !== undefined)
    checkLines(transcript, transcript.received.split('\n'), received.split('\n'))
  if (transcript.message !== undefined) equal(message, transcript.message)
  if (transcript.envelope !== undefined) equal(last?.envelope, transcript.envelope)
}

/** The field that smtpd has put above it has two lines. */
function splitReceived(message: string): readonly string[] {
  const end = message.indexOf('\n', message.indexOf('\n') + 1) + 1
  return [message.slice(0, end), message.slice(end)]
}

async function runHere(transcript: Transcript, chunks: (bytes: string) => readonly string[]): Promise<void> {
  using home = new ControlHome(transcript.control)
  const env = new Map<string, string | undefined>([...Object.entries(client), ...transcript.env])
  const queue = memoryQueue(transcript.queue)
  const { wire, ended } = meet({
    settings: home.settings(),
    queue,
    env: Object.fromEntries(
      [...env].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
  })
  try {
    for (const turn of transcript.turns) {
      if (turn.is === 'client') {
        for (const chunk of chunks(turn.bytes)) {
          // A socket gives nothing while it is paused.
          while (wire.isPaused) await settled()
          wire.hear(chunk)
        }
      } else if (turn.is === 'eof') {
        wire.reader?.ended()
      } else if (turn.is === 'end') {
        if (wire.isEnded) wire.destroy()
        equal(wire.said, '')
        equal((await ended) === 'done' ? 0 : 1, turn.code)
      }
      await settled()
      if (turn.is === 'server') {
        const lines = wire.said.split('\r\n')
        checkLines(transcript, turn.lines, lines)
        wire.said = lines.slice(turn.lines.length).join('\r\n')
      }
    }
    equal(wire.said, '')
  } finally {
    wire.destroy()
  }
  const stored = queue.stored.map(({ message, envelope }) => ({
    message,
    envelope: encodeEnvelope(envelope).toString('latin1'),
  }))
  checkQueue(transcript, { stored })
}

/** tcpserver with one program; the port that it found is on its first line. */
async function startServer(transcript: Transcript, home: string, env: Readonly<Record<string, string>>) {
  const changes = [...transcript.env].flatMap(([name, value]) => (value === undefined ? ['-u', name] : []))
  const sets = [...transcript.env].flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  )
  const server = spawn(
    command('tcpserver') ?? '',
    ['-1vHRl', 'mx.example.org', '127.0.0.1', '0', '/usr/bin/env', ...changes, ...sets, program('smtpd')],
    {
      env: { PATH: process.env['PATH'] ?? '', JSMAIL_HOME: home, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const [port] = (await once(createInterface({ input: server.stdout }), 'line')) as [string]
  return { server, port: Number(port) }
}

/** `tcpserver: end PID status S`, S as wait(2) has it. */
async function exitCode(server: ChildProcess): Promise<number> {
  if (server.stderr === null) return -1
  for await (const line of createInterface({ input: server.stderr })) {
    const status = /^tcpserver: end [0-9]+ status ([0-9]+)$/.exec(line)?.[1]
    if (status !== undefined) return Number(status) >> 8
  }
  return -1
}

/** All that a socket yields, from now on, to be taken line by line. */
class Lines {
  #rest = ''
  #isOver = false
  #arrived: () => void = () => {}

  constructor(socket: Socket) {
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.#rest += text
      this.#arrived()
    })
    socket.on('error', () => {})
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#isOver = true
        this.#arrived()
      })
    }
  }

  /** So many lines, or what there is when the other side has closed. */
  async take(count: number): Promise<readonly string[]> {
    while (!this.#isOver && this.#rest.split('\r\n').length <= count) {
      await new Promise<void>((resolve) => (this.#arrived = resolve))
    }
    const lines = this.#rest.split('\r\n')
    this.#rest = lines.slice(count).join('\r\n')
    return lines.slice(0, count)
  }
}

async function runProgram(transcript: Transcript): Promise<void> {
  using home = new ControlHome(transcript.control)
  using queue = captureQueue(transcript.queue)
  const { server, port } = await startServer(transcript, home.path, queue.env)
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  try {
    const code = exitCode(server)
    await converse(transcript, socket, async (expected) => equal(await code, expected))
    checkCaptures(transcript, queue)
  } finally {
    socket.destroy()
    server.kill()
  }
}

async function runResident(t: TestContext, transcript: Transcript): Promise<void> {
  const { control, env, queue } = transcript
  const smtpd = await startSmtpd(t, {
    control: { profile: undefined, ...Object.fromEntries(control) },
    env: Object.fromEntries(
      [...env].flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    queue,
  })
  const socket = connect({ port: smtpd.port, host: '127.0.0.1', allowHalfOpen: true })
  t.after(() => socket.destroy())
  await converse(transcript, socket, async () => {})
  checkCaptures(transcript, smtpd.queue)
}

/** `ended` is told what exit code the transcript expects. */
async function converse(
  transcript: Transcript,
  socket: Socket,
  ended: (code: number) => Promise<void>,
): Promise<void> {
  const lines = new Lines(socket)
  for (const turn of transcript.turns) {
    if (turn.is === 'client') socket.write(turn.bytes, 'latin1')
    else if (turn.is === 'server') checkLines(transcript, turn.lines, await lines.take(turn.lines.length))
    else if (turn.is === 'eof') socket.end()
    else {
      equal((await lines.take(1)).join(''), '')
      socket.destroy()
      await ended(turn.code)
    }
  }
}

function checkCaptures(transcript: Transcript, queue: CaptureQueue): void {
  const stored = queue
    .captures()
    .map(({ message, envelope }) => ({
      message: message?.toString('latin1') ?? '',
      envelope: envelope?.toString('latin1') ?? '',
    }))
    .filter(({ envelope }) => envelope !== '' && transcript.queue.exit === 0)
  checkQueue(transcript, { stored })
}

const skip = without('tcpserver')

for (const path of globSync('*.transcript', { cwd: import.meta.dirname }).sort()) {
  for (const transcript of parseTranscripts(readFileSync(`${import.meta.dirname}/${path}`, 'utf8'))) {
    const { title } = transcript
    test(`${title} (in process)`, () => runHere(transcript, (bytes) => [bytes]))
    test(`${title} (byte by byte)`, () =>
      runHere(transcript, (bytes) => bytes.match(bytes.length > 20_000 ? /[\s\S]{1,997}/g : /[\s\S]/g) ?? []))
    test(`${title} (under tcpserver)`, { skip }, () => runProgram(transcript))
    if (![...transcript.env.keys()].some((name) => name.startsWith('TCP'))) {
      test(`${title} (resident)`, (t) => runResident(t, transcript))
    }
  }
}
