/**
 * send's core over a real queue directory, in this process: real pipes to two scripted spawners and to the real core of clean, the real
 * FIFO, and bounces that go into the same queue. What a spawner answers is the test's; what send logs is kept, line by line.
 */
import type { Socket } from 'node:net'
import { byteString } from '../../lib/bytes/bytes.ts'
import * as control from '../../lib/control/by-file.ts'
import { pipe } from '../../lib/os/os.ts'
import { ok } from '../../lib/failure/failure.ts'
import { fileSystem } from '../../lib/queue/by-file.ts'
import { listenToTrigger } from '../../lib/queue/by-trigger.ts'
import { classicKeeper } from '../../lib/queue/classic-keeper.ts'
import { classicWriter } from '../../lib/queue/draft.ts'
import { passThrough } from '../../lib/queue/filter.ts'
import type { OpenSubmission } from '../../lib/queue/submission.ts'
import { pullTrigger } from '../../lib/queue/by-fifo.ts'
import { clean } from '../../src/clean/clean.ts'
import { submitToStore } from '../../src/queue/direct.ts'
import { Cleaner } from '../../src/send/cleaner.ts'
import { SendLog } from '../../src/send/log.ts'
import { send } from '../../src/send/send.ts'
import { controlsOf, readSettings } from '../../src/send/settings.ts'
import { limitsOf, Spawner } from '../../src/send/spawner.ts'
import { type Answer, FarSpawner, reader, writer } from './far-spawner.ts'
import { nowSeconds, type QueueHome } from './queue-home.ts'

export interface RunOptions {
  readonly local?: Answer
  readonly remote?: Answer
  readonly capacity?: number
  /** How bounces are submitted, instead of into the same queue. */
  readonly submit?: OpenSubmission
}

const nearEnd = (far: FarSpawner): Spawner => new Spawner(writer(far.commandsFd), reader(far.reportsFd))

/** One life of send. */
export class SendRun {
  readonly lines: string[] = []
  readonly local: FarSpawner
  readonly remote: FarSpawner
  readonly ended: Promise<void>
  readonly #home: QueueHome
  readonly #signals = new Map<string, () => void>()
  readonly #cleanEnds: Socket[] = []
  readonly #onLine: Set<() => void> = new Set()

  constructor(home: QueueHome, options: RunOptions = {}) {
    this.#home = home
    this.local = new FarSpawner(options.local, options.capacity)
    this.remote = new FarSpawner(options.remote, options.capacity)
    this.ended = this.#run(options)
  }

  async #run(options: RunOptions): Promise<void> {
    const { home, queue } = this.#home
    const controls = controlsOf(home, control)
    const settings = readSettings(controls)
    if (!settings.ok) throw new Error('unreadable controls')
    const spawners = { local: nearEnd(this.local), remote: nearEnd(this.remote) }
    const limits = await limitsOf(spawners, settings.value.concurrency)
    if (limits === undefined) throw new Error('no spawners')
    const trigger = listenToTrigger(`${queue}/lock/trigger`)
    await send({
      settings: settings.value,
      controls,
      keeper: classicKeeper(fileSystem(queue)),
      spawners,
      limits,
      cleaner: this.#startClean(),
      submit: options.submit ?? intoQueue(queue),
      trigger,
      signals: { on: (signal, listener) => void this.#signals.set(signal, listener) },
      log: new SendLog((bytes) => this.#take(byteString(bytes))),
      clock: { now: () => Date.now() },
      token: () => crypto.randomUUID(),
    })
    trigger.close()
    for (const end of this.#cleanEnds) end.destroy()
    this.local.die()
    this.remote.die()
  }

  #startClean(): Cleaner {
    const [commands, replies] = [pipe(), pipe()]
    const input = reader(commands.read)
    const output = writer(replies.write)
    output.on('error', () => {})
    const cleaning = clean({
      commands: input,
      answer: (bytes) => void output.write(bytes),
      removal: classicKeeper(fileSystem(this.#home.queue)).removal,
      nowSeconds,
    })
    cleaning.catch(() => {})
    this.#cleanEnds.push(input, output)
    return new Cleaner(writer(commands.write), reader(replies.read))
  }

  killClean(): void {
    for (const end of this.#cleanEnds) end.destroy()
  }

  signal(name: 'SIGTERM' | 'SIGALRM' | 'SIGHUP'): void {
    this.#signals.get(name)?.()
  }

  pull(): void {
    pullTrigger(this.#home.path('lock/trigger'))
  }

  /** Into todo, with the trigger pulled. */
  inject(envelope: string, message?: string): string {
    const number = this.#home.enqueue(envelope, message)
    this.pull()
    return number
  }

  #take(text: string): void {
    this.lines.push(...text.split('\n').slice(0, -1))
    for (const tell of this.#onLine) tell()
  }

  /** Until `find` is true of the lines so far; they are the answer. Fails when send has ended without it. */
  async until(find: (lines: readonly string[]) => boolean): Promise<readonly string[]> {
    let hasEnded = false
    void this.ended.then(
      () => (hasEnded = true),
      () => (hasEnded = true),
    )
    const timer = setTimeout(() => {
      hasEnded = true
      for (const tell of this.#onLine) tell()
    }, 30_000)
    while (!find(this.lines)) {
      if (hasEnded) throw new Error(`never logged; the log is:\n${this.lines.join('\n')}`)
      await new Promise<void>((resolve) => {
        this.#onLine.add(resolve)
        void this.ended.finally(resolve)
      })
      this.#onLine.clear()
    }
    clearTimeout(timer)
    return this.lines
  }

  /** Until a line begins so. */
  untilLine(start: string): Promise<readonly string[]> {
    return this.until((lines) => lines.some((line) => line.startsWith(start)))
  }

  untilEnd(number: string): Promise<readonly string[]> {
    return this.untilLine(`end msg ${number}`)
  }

  /** The lines that name the message or one of its deliveries, without status lines. */
  of(number: string): string[] {
    const deliveries = new Set<string>()
    return this.lines.filter((line) => {
      const started = /^starting delivery (\d+): msg (\d+) /.exec(line)
      if (started?.[2] === number) deliveries.add(started[1] ?? '')
      const ended = /^delivery (\d+): /.exec(line)
      return ended ? deliveries.has(ended[1] ?? '') : line.split(/[ :]/).includes(number)
    })
  }

  /** Whatever still runs. */
  async abandon(): Promise<void> {
    this.local.die()
    this.remote.die()
    await this.ended
  }

  async terminate(): Promise<readonly string[]> {
    this.signal('SIGTERM')
    await this.ended
    return this.lines
  }
}

/** Bounces as the resident queue takes them: send's qp is the number 4711. */
function intoQueue(queue: string): OpenSubmission {
  const intaking = {
    writer: classicWriter(fileSystem(queue), {
      pid: 4711,
      now: () => nowSeconds() * 1000,
      messageSync: 'beside',
      trigger: () => pullTrigger(`${queue}/lock/trigger`),
    }),
    known: { qmails: 7 },
    smtpdUid: -1,
    filter: passThrough,
    isExtended: () => ok(false),
    now: () => Date.now(),
  }
  return submitToStore(intaking, { uid: 7, qp: 4711 })
}
