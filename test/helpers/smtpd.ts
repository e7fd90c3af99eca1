/**
 * The program smtpd for tests: resident on a port of its own, or for one connection on two pipes. Its queue is the capture queue, or
 * whatever program a test gives. Removed when the test is over.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensureBuilt } from '../../scripts/built.ts'
import { type CaptureOptions, type CaptureQueue, captureQueue } from './capture-queue.ts'
import { program } from './program.ts'
import { ControlHome } from './smtp-house.ts'

export interface SmtpdOptions {
  /** Added to a home of mx.example.org in `modern`; undefined removes a file. */
  readonly control?: Readonly<Record<string, string | undefined>>
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** How the capture queue ends. */
  readonly queue?: CaptureOptions
  /** A shell script in its place. */
  readonly queueScript?: string
  /** Another home, with everything in it. */
  readonly home?: string
}

/** As root, smtpd becomes the user that is named here; nobody has the number. */
const ids = `alias:59902:59901
qmaild:59903:59901
qmaill:59904:59901
qmailp:59905:59901
qmailq:59906:59900
qmailr:59907:59900
qmails:59908:59900
`

export interface Smtpd {
  readonly home: ControlHome
  readonly queue: CaptureQueue
  readonly child: ChildProcess
  readonly port: number
  /** What it said on descriptor 2. */
  readonly lines: readonly string[]
  /** Resolves with the exit code, or the signal. */
  readonly exited: Promise<number | string | null>
  connect(): Promise<SmtpClient>
}

const control = { me: 'mx.example.org\n', profile: 'modern\n', rcpthosts: 'local.example\n' }

/** `smtpd --listen 127.0.0.1:0`; resolves when it says that it listens. */
export async function startSmtpd(t: TestContext, options: SmtpdOptions = {}): Promise<Smtpd> {
  ensureBuilt()
  const home = new ControlHome(Object.entries({ ...control, ...options.control }))
  chmodSync(home.path, 0o755)
  mkdirSync(`${home.path}/users`)
  writeFileSync(`${home.path}/users/ids`, ids)
  const queue = captureQueue(options.queue)
  chmodSync(queue.env['CAPTURE_DIR'] ?? '', 0o777)
  const script = `${home.path}/queue-program`
  writeFileSync(script, `#!/bin/sh\n${options.queueScript ?? ''}\n`, { mode: 0o755 })
  const instead = options.queueScript === undefined ? {} : { QMAILQUEUE: script }
  const child = spawn(program('smtpd'), options.args ?? ['--listen', '127.0.0.1:0'], {
    env: {
      PATH: process.env['PATH'],
      ...queue.env,
      ...instead,
      JSMAIL_HOME: options.home ?? home.path,
      ...options.env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string | null)
  t.after(async () => {
    child.kill('SIGKILL')
    await exited
    home[Symbol.dispose]()
    queue[Symbol.dispose]()
  })
  const lines: string[] = []
  const listening = Promise.withResolvers<number>()
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line)
    const port = / listen address=.*:([0-9]+)$/.exec(line)?.[1]
    if (port !== undefined) listening.resolve(Number(port))
  })
  void exited.then(() => listening.reject(new Error(`smtpd ended: ${lines.join('\n')}`)))
  const port = await listening.promise
  return { home, queue, child, port, lines, exited, connect: () => SmtpClient.connect(t, port) }
}

/** Resident bytes of a process now, and the most there were. */
export function memoryOf(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+([0-9]+)`, 'm').exec(status)?.[1])
  return { now: kib('VmRSS') * 1024, most: kib('VmHWM') * 1024 }
}

/** A client that waits for each reply, or does not. */
export class SmtpClient {
  readonly socket: Socket
  #rest = ''
  #isOver = false
  #arrived: () => void = () => {}

  constructor(socket: Socket) {
    this.socket = socket
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

  /** With the greeting still to be read. */
  static async connect(t: TestContext, port: number): Promise<SmtpClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    t.after(() => socket.destroy())
    const client = new SmtpClient(socket)
    await once(socket, 'connect')
    return client
  }

  /** The next whole reply, its lines joined; the empty text when the server has closed. */
  async reply(): Promise<string> {
    for (;;) {
      const found = /^(?:[0-9]{3}-.*\r\n)*[0-9]{3} .*\r\n/.exec(this.#rest)?.[0]
      if (found !== undefined) {
        this.#rest = this.#rest.slice(found.length)
        return found.trimEnd()
      }
      if (this.#isOver) return ''
      await new Promise<void>((resolve) => (this.#arrived = resolve))
    }
  }

  /** Send, and the reply to it. */
  async say(text: string): Promise<string> {
    this.socket.write(`${text}\r\n`, 'latin1')
    return this.reply()
  }

  /** From the greeting to the reply to DATA. */
  async untilData(): Promise<string> {
    await this.reply()
    for (const line of ['EHLO client.example', 'MAIL FROM:<a@b.example>', 'RCPT TO:<joe@local.example>'])
      await this.say(line)
    return this.say('DATA')
  }

  get isClosed(): boolean {
    return this.#isOver
  }
}

/** Asks until it is so; for what cannot tell by itself. */
export async function until(isSo: () => boolean, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs
  while (!isSo()) {
    if (Date.now() > end) throw new Error('it never was so')
    await sleep(10)
  }
}
