/**
 * The real send and the real clean, started as start does it, between two scripted spawners: descriptors 0 to 6 are pipes. What comes
 * out of descriptor 0 is kept line by line.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { ensureBuilt } from '../../scripts/built.ts'
import { pipe } from '../../lib/os/os.ts'
import { type Answer, FarSpawner, reader } from './far-spawner.ts'
import { program } from './program.ts'
import type { QueueHome } from './queue-home.ts'

export interface ProgramOptions {
  readonly local?: Answer
  readonly remote?: Answer
  /** Of rspawn; `dead`: it ends before it says so. */
  readonly capacity?: number | 'dead'
  readonly env?: Readonly<Record<string, string>>
}

export class SendProgram {
  readonly lines: string[] = []
  readonly local: FarSpawner
  readonly remote: FarSpawner
  readonly send: ChildProcess
  readonly clean: ChildProcess
  readonly #log: Socket
  readonly #ended: Promise<unknown>
  #rest = ''

  constructor(home: QueueHome, { local, remote, capacity, env = {} }: ProgramOptions = {}) {
    ensureBuilt()
    this.local = new FarSpawner(local)
    this.remote = new FarSpawner(remote, capacity)
    const [log, commands, replies] = [pipe(), pipe(), pipe()]
    const surroundings = { ...process.env, ...env, JSMAIL_HOME: home.home }
    this.clean = spawn(program('clean'), {
      env: surroundings,
      stdio: [commands.read, replies.write, 'ignore'],
    })
    const { local: l, remote: r } = this
    const stdio = [
      log.write,
      l.commandsFd,
      l.reportsFd,
      r.commandsFd,
      r.reportsFd,
      commands.write,
      replies.read,
    ]
    this.send = spawn(program('send'), { env: surroundings, stdio })
    for (const far of [l, r]) far.closeNearEnds()
    for (const fd of [log.write, commands.read, commands.write, replies.read, replies.write]) closeSync(fd)
    this.#log = reader(log.read)
    this.#log.on('data', (chunk: Buffer) => this.#take(chunk.toString('latin1')))
    this.#ended = once(this.#log, 'close')
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    this.lines.push(...lines)
  }

  /** Until a line begins so, or the log ends. */
  async untilLine(start: string): Promise<readonly string[]> {
    while (!this.lines.some((line) => line.startsWith(start))) {
      const hasEnded = await Promise.race([
        once(this.#log, 'data').then(() => false),
        this.#ended.then(() => true),
      ])
      if (hasEnded) throw new Error(`never logged: ${start}; the log is:\n${this.lines.join('\n')}`)
    }
    return this.lines
  }

  /** The exit codes of send and of clean, or the signals that ended them. */
  async ended(): Promise<readonly unknown[]> {
    const codes = [this.send, this.clean].map((child) => endOf(child))
    await this.#ended
    return Promise.all(codes)
  }

  /** All of it, at once. */
  async kill(): Promise<void> {
    for (const child of [this.send, this.clean]) child.kill('SIGKILL')
    await this.ended()
    this.local.die()
    this.remote.die()
  }
}

async function endOf(child: ChildProcess): Promise<unknown> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode ?? child.signalCode
}

export function startProgram(
  context: TestContext,
  home: QueueHome,
  options: ProgramOptions = {},
): SendProgram {
  const started = new SendProgram(home, options)
  context.after(() => started.kill())
  return started
}
