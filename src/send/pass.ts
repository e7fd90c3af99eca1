/**
 * One pass over the recipients of one message on one channel, then the next message, in the order of their due times. Each channel
 * has its own pass. A recipient is started as soon as there is room for it; those that are done are passed over.
 * qmail-send(8)
 */
import type { KeeperFailure, MessageFacts, RecipientReader, ScheduledKeeper } from '../../lib/queue/keeper.ts'
import type { Channel, MessageNumber } from '../../lib/queue/paths.ts'
import type { Deliveries } from './delivery.ts'
import type { Job, Jobs } from './job.ts'
import type { SendLog } from './log.ts'
import { isDying, nextAttempt, TROUBLE_SECONDS } from './retry.ts'
import type { DueQueue } from './scheduler.ts'

export interface PassParts {
  readonly keeper: ScheduledKeeper
  readonly waiting: DueQueue
  readonly jobs: Jobs
  readonly deliveries: Deliveries
  readonly lifetimeSeconds: number
  readonly log: SendLog
  readonly nowSeconds: () => number
  readonly ring: () => void
  readonly stop: AbortSignal
}

export class Pass {
  readonly #channel: Channel
  readonly #parts: PassParts
  #isBusy = false

  constructor(channel: Channel, parts: PassParts) {
    this.#channel = channel
    this.#parts = parts
  }

  /** Begin with the next message if one is due and nothing holds the channel. */
  proceed(nowSeconds: number): void {
    if (!this.#mayBegin()) return
    const number = this.#parts.waiting.takeDue(nowSeconds)
    if (number === undefined) return
    this.#isBusy = true
    void this.#passOver(number, nowSeconds).then(() => {
      this.#isBusy = false
      this.#parts.ring()
    })
  }

  nextSeconds(): number {
    return this.#mayBegin() ? this.#parts.waiting.firstSeconds : Infinity
  }

  /** A concurrency of 0 holds the channel: its messages wait in order. */
  #mayBegin(): boolean {
    const { jobs, deliveries, stop } = this.#parts
    return !this.#isBusy && !stop.aborted && deliveries.limit > 0 && jobs.hasRoom
  }

  async #passOver(number: MessageNumber, nowSeconds: number): Promise<void> {
    const { keeper, jobs } = this.#parts
    const reader = await keeper.recipients(number, this.#channel)
    if (!reader.ok) return this.#tryLater(number, reader.failure)
    const facts = await keeper.facts(number)
    const isOpen = facts.ok
    if (!isOpen) this.#tryLater(number, facts.failure)
    else {
      const job = jobs.open(this.#jobOf(number, facts.value, nowSeconds))
      const isRead = await this.#startAll(job, reader.value)
      // Broken off to end the process: the channel file keeps the time of its last change and is tried again at the next start.
      if (isRead) await jobs.release(job)
    }
    await reader.value.close()
  }

  #jobOf(number: MessageNumber, { sender, birthSeconds }: MessageFacts, nowSeconds: number) {
    const channel = this.#channel
    return {
      number,
      channel,
      sender,
      retrySeconds: nextAttempt(channel, birthSeconds, nowSeconds),
      isDying: isDying(birthSeconds, nowSeconds, this.#parts.lifetimeSeconds),
    }
  }

  /** Start a delivery for each recipient that is not done. False when it was broken off. */
  async #startAll(job: Job, reader: RecipientReader): Promise<boolean> {
    const { deliveries, log } = this.#parts
    for (;;) {
      const records = await reader.read()
      if (!records.ok) {
        log.warn(records.failure, records.failure.doing === 'read' ? 'will try again later' : undefined)
        return true
      }
      if (records.value === undefined) {
        job.hasReachedEnd = true
        return true
      }
      for (const record of records.value) {
        if (record.isDone) continue
        if (!(await deliveries.room())) return false
        job.left++
        deliveries.start(job, record)
      }
    }
  }

  #tryLater(number: MessageNumber, failure: KeeperFailure): void {
    const { log, waiting, nowSeconds } = this.#parts
    log.warn(failure, 'will try again later')
    waiting.add(number, nowSeconds() + TROUBLE_SECONDS)
  }
}
