/**
 * send's core: everything between a message in todo/ and the end of its life. The loop in this file is all that send ever does; each
 * part does, in its turn, what can be done without waiting, starts what must wait, and rings when that is over.
 * qmail-send(8): send.8.md
 */
import type { Clock } from '../../lib/program/run.ts'
import type { QueueKeeper } from '../../lib/queue/keeper.ts'
import { type Channel, channels } from '../../lib/queue/paths.ts'
import type { OpenSubmission } from '../../lib/queue/submission.ts'
import { Alarm, breathe } from './alarm.ts'
import type { Cleaner } from './cleaner.ts'
import { Cleanup } from './cleanup.ts'
import { Deliveries } from './delivery.ts'
import { Finish } from './finish.ts'
import { Jobs } from './job.ts'
import { type SendLog, statusLine } from './log.ts'
import { Pass } from './pass.ts'
import { preprocess } from './preprocess.ts'
import { rewrite, withoutPrefix } from './rewrite.ts'
import { DueQueue } from './scheduler.ts'
import { type Controls, rereadRouting, type Settings } from './settings.ts'
import type { Spawner } from './spawner.ts'
import { Startup } from './startup.ts'
import { Todo } from './todo.ts'

export interface Sending {
  readonly settings: Settings
  /** For HUP. */
  readonly controls: Controls
  readonly keeper: QueueKeeper
  readonly spawners: { readonly [channel in Channel]: Spawner }
  /** Deliveries at once: the control file's number, or the spawner's if that is less. */
  readonly limits: { readonly [channel in Channel]: number }
  readonly cleaner: Cleaner
  /** For bounces. */
  readonly submit: OpenSubmission
  readonly trigger: Trigger
  readonly signals: Signals
  readonly log: SendLog
  readonly clock: Clock
}

/** lock/trigger: pulled when a message was queued. */
export interface Trigger {
  onPull(listener: () => void): void
  /** Look whether it is still the file that is being listened to. */
  renew(): void
}

/** TERM: end. ALRM: everything is due now. HUP: read the routing again. */
export interface Signals {
  on(signal: 'SIGTERM' | 'SIGALRM' | 'SIGHUP', listener: () => void): void
}

/** One part of the work. `proceed` never waits; `nextSeconds` is when it wants a turn though nothing rings. */
interface Part {
  proceed(nowSeconds: number): void
  nextSeconds(): number
}

/** Until it is told to end, or loses a program that it cannot do without. */
export async function send(sending: Sending): Promise<void> {
  const { log } = sending
  const { alarm, stop, startup, todo, passes, deliveries, finish, cleanup, waiting, logStatus } =
    assemble(sending)

  await startup.scan()
  logStatus()
  const parts: readonly Part[] = [startup, todo, ...passes, finish, cleanup]
  for (;;) {
    const now = alarm.nowSeconds()
    for (const part of parts) part.proceed(now)
    log.flush()
    const isQuiet = deliveries.every((one) => one.isOver) && todo.isIdle && finish.isIdle(now)
    if (stop.aborted && isQuiet) break
    await alarm.sleepUntil(Math.min(...parts.map((part) => part.nextSeconds())))
  }
  await rememberDueTimes(waiting, sending)
  log.line('status: exiting')
  log.flush()
}

type Waiting = { readonly [channel in Channel]: DueQueue }

/** Every part gets what it needs and nothing else. */
function assemble(sending: Sending) {
  const { settings, keeper, spawners, limits, cleaner, submit, log, clock } = sending
  const alarm = new Alarm(clock)
  const ending = new AbortController()
  const stop = ending.signal
  const nowSeconds = (): number => alarm.nowSeconds()
  const surroundings = { log, nowSeconds, ring: alarm.ring, stop }

  let routing = settings.routing
  let deliveryNumber = 0
  const waiting: Waiting = { local: new DueQueue(), remote: new DueQueue() }
  const finished = new DueQueue()
  const end = (): void => {
    ending.abort()
    alarm.ring()
  }

  const jobs = new Jobs(limits.local + limits.remote, {
    keeper: keeper.scheduled,
    waiting,
    finished,
    warn: (failure, next) => log.warn(failure, next),
    ...surroundings,
  })
  const deliveriesOf = (channel: Channel): Deliveries =>
    new Deliveries(channel, limits[channel], spawners[channel], {
      keeper,
      jobs,
      logStatus,
      nextNumber: () => ++deliveryNumber,
      original: (recipient) => withoutPrefix(recipient, routing.virtualdomains),
      onLost: end,
      ...surroundings,
    })
  const deliveries = { local: deliveriesOf('local'), remote: deliveriesOf('remote') }
  const passOf = (channel: Channel): Pass =>
    new Pass(channel, {
      keeper: keeper.scheduled,
      waiting: waiting[channel],
      jobs,
      deliveries: deliveries[channel],
      lifetimeSeconds: settings.lifetimeSeconds,
      ...surroundings,
    })
  const schedule = (number: string, on: readonly Channel[]): void => {
    for (const channel of on) waiting[channel].add(number, nowSeconds())
    if (on.length === 0) finished.add(number, nowSeconds())
  }
  const todo = new Todo({
    keeper: keeper.todo,
    preprocess: (number) =>
      preprocess(number, {
        keeper: keeper.todo,
        cleaner,
        route: (recipient) => rewrite(recipient, routing),
        schedule,
        log,
      }),
    renewTrigger: () => sending.trigger.renew(),
    ...surroundings,
  })

  function logStatus(): void {
    log.line(statusLine(deliveries.local, deliveries.remote, stop.aborted))
  }

  sending.trigger.onPull(todo.pull)
  sending.signals.on('SIGTERM', end)
  sending.signals.on('SIGALRM', () => {
    for (const channel of channels) waiting[channel].makeAllDue(nowSeconds())
    alarm.ring()
  })
  sending.signals.on('SIGHUP', () => {
    const reread = rereadRouting(sending.controls, routing)
    routing = reread.routing
    if (reread.unreadable !== undefined) log.line(`alert: unable to reread control/${reread.unreadable}`)
    alarm.ring()
  })
  cleaner.onLost(() => {
    log.line('alert: oh no! lost qmail-clean connection! dying...')
    end()
  })

  return {
    alarm,
    stop,
    startup: new Startup({ keeper: keeper.scheduled, waiting, finished, ...surroundings }),
    todo,
    passes: [passOf('local'), passOf('remote')],
    deliveries: [deliveries.local, deliveries.remote],
    finish: new Finish({
      keeper,
      cleaner,
      submit,
      bounce: settings.bounce,
      finished,
      nowMs: clock.now,
      ...surroundings,
    }),
    cleanup: new Cleanup({ keeper: keeper.removal, cleaner, breathe, ...surroundings }),
    waiting,
    logStatus,
  }
}

/** So many files are touched between two turns of the system. */
const PIECE = 500

/** The next start shall try each message when this run would have. */
async function rememberDueTimes(waiting: Waiting, { keeper, log }: Sending): Promise<void> {
  for (const channel of channels) {
    for (let due = waiting[channel].take(); due !== undefined; due = waiting[channel].take()) {
      const kept = await keeper.scheduled.setDue(due.number, channel, due.dueSeconds)
      if (!kept.ok) log.warn(kept.failure)
      if (waiting[channel].size % PIECE === 0) await breathe()
    }
  }
}
