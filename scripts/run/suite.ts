/**
 * The two processes that a running home consists of: start (which is the parent of the rest) and the resident smtpd. They stay in our
 * process group, so a signal to the group reaches all; and they read descriptor 0 to its end (`--until-eof`), which
 * comes when this process is gone, however it went.
 */
import { createInterface } from 'node:readline'
import { closeSync, readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fromText } from '../../lib/bytes/bytes.ts'
import { type Child, type Exit, pipeFromChild, startProgram } from '../../lib/exec/start.ts'
import { pipe } from '../../lib/os/os.ts'
import { Hindrance } from '../home/place.ts'

export interface RunningSuite {
  /** start and smtpd. */
  readonly pids: readonly number[]
  /** Which part ended by itself first, and how. */
  readonly ended: Promise<string>
  /** Has send said its first `status:` line? (Not seen, and taken for granted, where the output is a descriptor.) */
  isSending(): boolean
  /** TERM, and KILL after a second; resolves when both are gone. */
  stop(): Promise<void>
}

const PATIENCE_MILLISECONDS = 1000

export async function startSuite(
  home: string,
  port: number,
  output: ((line: string) => void) | number,
): Promise<RunningSuite> {
  const lifeline = pipe()
  let sending = typeof output === 'number'
  const see =
    typeof output === 'number'
      ? output
      : (line: string): void => {
          if (line.startsWith('status: ')) sending = true
          output(line)
        }
  const run = (name: string, args: readonly string[]): Promise<Child> =>
    startPart(`${home}/bin/${name}`, args, lifeline.read, see)
  const parts: Child[] = []
  try {
    parts.push(await run('start', ['--until-eof']))
    parts.push(await run('smtpd', ['--until-eof', '--listen', `127.0.0.1:${port}`]))
  } catch (error) {
    await stop(parts, Promise.all(parts.map(({ exited }) => exited)))
    throw error
  } finally {
    closeSync(lifeline.read)
  }
  const [start, smtpd] = parts as [Child, Child]
  const all = Promise.all([start.exited, smtpd.exited])
  let stopped: Promise<void> | undefined
  return {
    pids: [start.pid, smtpd.pid],
    ended: Promise.race([
      start.exited.then((exit) => `start has ended (${describe(exit)})`),
      smtpd.exited.then((exit) => `smtpd has ended (${describe(exit)})`),
    ]),
    isSending: () => sending,
    stop: () => (stopped ??= stop(parts, all)),
  }
}

/** KILL reaches everything beneath the two, programs of users too: what start cannot end any more, nobody else would. */
async function stop(parts: readonly Child[], all: Promise<unknown>): Promise<void> {
  const before = parts.flatMap((part) => descendants(part.pid))
  for (const part of parts) part.kill('SIGTERM')
  const patience = sleep(PATIENCE_MILLISECONDS)
  await Promise.race([all, patience])
  const rest = new Set([...before, ...parts.flatMap((part) => [part.pid, ...descendants(part.pid)])])
  while ([...rest].some(isAlive)) {
    if ((await Promise.race([patience.then(() => 'over'), sleep(20)])) === 'over')
      for (const pid of rest) kill(pid)
  }
  await all
}

/** As the kernel knows them now, children before grandchildren. */
function descendants(pid: number): readonly number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    return children
      .filter((child) => child !== '')
      .flatMap((child) => [Number(child), ...descendants(Number(child))])
  } catch {
    return []
  }
}

/** A process that has ended and was not collected yet counts as gone. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It went by itself.
  }
}

async function startPart(
  program: string,
  args: readonly string[],
  lifeline: number,
  see: ((line: string) => void) | number,
): Promise<Child> {
  const outputs = typeof see === 'number' ? [] : [pipeFromChild(), pipeFromChild()]
  const ends = typeof see === 'number' ? [see, see] : outputs.map(({ end }) => end)
  const env = Object.fromEntries(
    Object.entries(process.env).map(([name, value]) => [name, fromText(value ?? '')]),
  )
  const started = await startProgram({
    program: fromText(program),
    args: args.map(fromText),
    env,
    cwd: '/',
    descriptors: [lifeline, ...ends],
  })
  if (!started.ok) throw new Hindrance(`${program} could not be started (${String(started.failure.cause)})`)
  if (typeof see !== 'number') for (const { stream } of outputs) lines(stream, see)
  return started.value
}

function lines(stream: Readable, see: (line: string) => void): void {
  stream.on('error', () => {})
  createInterface({ input: stream, crlfDelay: Infinity }).on('line', see)
}

function describe(exit: Exit): string {
  return exit.is === 'code' ? `exit code ${exit.code}` : exit.signal
}
