/**
 * The parts of send, each given what it needs and nothing else, and the few things that they share: what waits for its time, the routing
 * that HUP replaces, and the wish to end. Called once by send.ts.
 */
import type { Clock } from '../../lib/program/run.ts'
import type { QueueKeeper } from '../../lib/queue/keeper.ts'
import { type Channel, channels, type MessageNumber } from '../../lib/queue/paths.ts'
import type { OpenSubmission } from '../../lib/queue/submission.ts'
import { Alarm } from './alarm.ts'
import type { Cleaner } from './cleaner.ts'
import { Cleanup } from './cleanup.ts'
import { Deliveries } from './delivery.ts'
import { Finish } from './finish.ts'
import { Jobs } from './job.ts'
import { type SendLog, statusLine } from './log.ts'
import { Pass } from './pass.ts'
import { preprocess } from './preprocess.ts'
import { rewrite, type Routing, withoutPrefix } from './rewrite.ts'
import { DueQueue } from './scheduler.ts'
import type { Controls, Settings } from './settings.ts'
import type { Spawner } from './spawner.ts'
import { Startup } from './startup.ts'
import { Todo } from './todo.ts'

type PerChannel<T> = { readonly [channel in Channel]: T }

/** What send is made of; chosen by main. */
export interface Sending {
  readonly settings: Settings
  /** For HUP. */
  readonly controls: Controls
  readonly keeper: QueueKeeper
  readonly spawners: PerChannel<Spawner>
  /** Deliveries at once: the control file's number, or the spawner's if that is less. */
  readonly limits: PerChannel<number>
  readonly cleaner: Cleaner
  /** For bounces. */
  readonly submit: OpenSubmission
  readonly trigger: Trigger
  readonly signals: Signals
  readonly log: SendLog
  readonly clock: Clock
  /** A word that nobody can guess and that was never given before. */
  readonly token: () => string
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

/** What all parts share. */
export class Shared {
  readonly alarm: Alarm
  readonly waiting: PerChannel<DueQueue> = { local: new DueQueue(), remote: new DueQueue() }
  /** Messages of which a channel is over. */
  readonly finished = new DueQueue()
  routing: Routing
  /** When the wish to end came. */
  endSeconds = Infinity
  readonly #ending = new AbortController()

  constructor({ clock, settings }: Sending) {
    this.alarm = new Alarm(clock)
    this.routing = settings.routing
  }

  get stop(): AbortSignal {
    return this.#ending.signal
  }

  /** Start nothing more. */
  readonly end = (): void => {
    this.endSeconds = Math.min(this.endSeconds, this.alarm.nowSeconds())
    this.#ending.abort()
    this.alarm.ring()
  }

  /** The message is preprocessed. */
  readonly schedule = (number: MessageNumber, on: readonly Channel[]): void => {
    const now = this.alarm.nowSeconds()
    for (const channel of on) this.waiting[channel].add(number, now)
    if (on.length === 0) this.finished.add(number, now)
  }
}

export interface Parts {
  readonly startup: Startup
  readonly todo: Todo
  readonly passes: PerChannel<Pass>
  readonly deliveries: PerChannel<Deliveries>
  readonly finish: Finish
  readonly cleanup: Cleanup
  readonly logStatus: () => void
}

export function assemble(sending: Sending, shared: Shared): Parts {
  const { keeper, cleaner, submit, settings, limits, log, clock, token } = sending
  const { waiting, finished } = shared
  const around = surroundings(sending, shared)
  const jobs = new Jobs(limits.local + limits.remote, {
    keeper: keeper.scheduled,
    waiting,
    finished,
    ...around,
  })

  let started = 0
  const logStatus = (): void => log.line(statusLine(deliveries.local, deliveries.remote, shared.stop.aborted))
  const deliveriesOn = (channel: Channel): Deliveries =>
    new Deliveries(channel, limits[channel], sending.spawners[channel], {
      keeper,
      jobs,
      logStatus,
      nextNumber: () => ++started,
      original: (recipient) => withoutPrefix(recipient, shared.routing.virtualdomains),
      onLost: shared.end,
      ...around,
    })
  const deliveries = { local: deliveriesOn('local'), remote: deliveriesOn('remote') }
  const passOn = (channel: Channel): Pass =>
    new Pass(channel, {
      keeper: keeper.scheduled,
      waiting: waiting[channel],
      jobs,
      deliveries: deliveries[channel],
      lifetimeSeconds: settings.lifetimeSeconds,
      ...around,
    })

  return {
    startup: new Startup({ keeper: keeper.scheduled, waiting, finished, ...around }),
    todo: todoPart(sending, shared, () => channels.some((channel) => deliveries[channel].hasFreeSlot)),
    passes: { local: passOn('local'), remote: passOn('remote') },
    deliveries,
    finish: new Finish({
      keeper,
      cleaner,
      submit,
      bounce: settings.bounce,
      finished,
      nowMs: clock.now,
      token,
      ...around,
    }),
    cleanup: new Cleanup({ keeper: keeper.removal, cleaner, ...around }),
    logStatus,
  }
}

function surroundings({ log }: Sending, { alarm, stop }: Shared) {
  return { log, nowSeconds: () => alarm.nowSeconds(), ring: alarm.ring, stop }
}

function todoPart(sending: Sending, shared: Shared, isHungry: () => boolean): Todo {
  const { keeper, cleaner, trigger, log } = sending
  const route = (recipient: string) => rewrite(recipient, shared.routing)
  const parts = { keeper: keeper.todo, cleaner, route, schedule: shared.schedule, log }
  return new Todo({
    keeper: keeper.todo,
    preprocess: (number) => preprocess(number, parts),
    isHungry,
    renewTrigger: () => trigger.renew(),
    ...surroundings(sending, shared),
  })
}
