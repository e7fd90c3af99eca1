/**
 * send's core and clean's core over a file system that is an argument, without a descriptor: streams in memory, spawners that answer
 * by the recipient, bounces kept in a list, and a clock that stands still. A life lasts until nothing happens any more.
 */
import { PassThrough } from 'node:stream'
import { byteString } from '../../lib/bytes/bytes.ts'
import { ok } from '../../lib/failure/failure.ts'
import { classicKeeper } from '../../lib/queue/classic-keeper.ts'
import type { FileSystem } from '../../lib/queue/filesystem.ts'
import type { OpenSubmission } from '../../lib/queue/submission.ts'
import { CommandReader } from '../../lib/spawn/command.ts'
import { clean } from '../../src/clean/clean.ts'
import { Cleaner } from '../../src/send/cleaner.ts'
import { SendLog } from '../../src/send/log.ts'
import { send } from '../../src/send/send.ts'
import type { Controls } from '../../src/send/settings.ts'
import { Spawner } from '../../src/send/spawner.ts'

export const NOW_SECONDS = 1_000_000

export interface Life {
  readonly lines: readonly string[]
  /** Recipients whose delivery was reported as a success, in order. */
  readonly delivered: readonly string[]
  /** Messages that were queued for senders, whole. */
  readonly bounces: readonly string[]
}

/** From start to end over this file system. `operations` tells how many it has seen. */
export async function liveOnce(
  fs: FileSystem & { readonly operations: number },
  answer: (recipient: string) => string,
): Promise<Life> {
  const lines: string[] = []
  const delivered: string[] = []
  const bounces: string[] = []
  const listeners = new Map<string, () => void>()
  const spawner = (): Spawner =>
    farEnd((recipient) => {
      const report = answer(recipient)
      if (report.startsWith('K')) delivered.push(recipient)
      return report
    })
  const ended = send({
    settings,
    controls: unused,
    keeper: classicKeeper(fs),
    spawners: await greeted({ local: spawner(), remote: spawner() }),
    limits: { local: 10, remote: 20 },
    cleaner: cleaner(fs),
    submit: collecting(bounces),
    trigger: { onPull: () => {}, renew: () => {} },
    signals: { on: (signal, listener) => void listeners.set(signal, listener) },
    log: new SendLog((bytes) => void lines.push(...byteString(bytes).split('\n').slice(0, -1))),
    clock: { now: () => NOW_SECONDS * 1000 },
    token: () => crypto.randomUUID(),
  })
  await quiet(() => fs.operations + lines.length + bounces.length)
  listeners.get('SIGTERM')?.()
  await ended
  return { lines, delivered, bounces }
}

const settings = {
  concurrency: { local: 10, remote: 20 },
  lifetimeSeconds: 604_800,
  bounce: {
    bouncefrom: 'MAILER-DAEMON',
    bouncehost: 'mx.example',
    doubleBounceTo: 'postmaster@mx.example',
    isReport: false,
    maxBytes: 50_000,
  },
  routing: {
    envnoathost: 'mx.example',
    percenthack: new Set<string>(),
    locals: new Set(['local.example']),
    virtualdomains: new Map<string, string>(),
  },
}

const never = (): never => {
  throw new Error('no control file is read')
}
const unused: Controls = {
  readLine: never,
  readInteger: never,
  readList: never,
  readLineOrMe: never,
  readListOrMe: never,
  readProfile: never,
}

async function greeted(spawners: { readonly local: Spawner; readonly remote: Spawner }) {
  await Promise.all([spawners.local.capacity(), spawners.remote.capacity()])
  return spawners
}

function farEnd(answer: (recipient: string) => string): Spawner {
  const [commands, reports] = [new PassThrough(), new PassThrough()]
  const cut = new CommandReader()
  commands.on('data', (chunk: Buffer) => {
    for (const { delnum, recipient } of cut.receive(chunk)) {
      reports.write(Buffer.concat([Buffer.of(delnum), Buffer.from(`${answer(recipient)}\0`, 'latin1')]))
    }
  })
  reports.write(Buffer.of(120))
  return new Spawner(commands, reports)
}

function cleaner(fs: FileSystem): Cleaner {
  const [commands, replies] = [new PassThrough(), new PassThrough()]
  const { removal } = classicKeeper(fs)
  void clean({
    commands,
    answer: (bytes) => void replies.write(bytes),
    removal,
    nowSeconds: () => NOW_SECONDS,
  })
  return new Cleaner(commands, replies)
}

function collecting(bounces: string[]): OpenSubmission {
  return async () => {
    let text = ''
    return ok({
      write: (bytes: Uint8Array) => void (text += byteString(bytes)),
      commit: async () => {
        bounces.push(text)
        return ok({ qp: 4711 })
      },
      abort: async () => {},
    })
  }
}

/** So many turns of the event loop in which nothing is counted: streams in memory never need more than a few. */
const QUIET_TURNS = 25

async function quiet(count: () => number): Promise<void> {
  let last = -1
  for (let turns = 0; turns < QUIET_TURNS; turns++) {
    if (count() !== last) turns = 0
    last = count()
    await new Promise((resolve) => setImmediate(resolve))
  }
}
