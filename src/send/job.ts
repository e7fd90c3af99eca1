/**
 * A job: one message on one channel, from the opening of its channel file until the last of its running deliveries has reported.
 * It remembers whether all recipients were seen and how many of them are not done; that decides at its end whether the
 * channel is over or waits for its next attempt. As many jobs exist as deliveries can run on both channels together.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { ScheduledKeeper } from '../../lib/queue/keeper.ts'
import type { Channel, MessageNumber } from '../../lib/queue/paths.ts'
import type { SendLog } from './log.ts'
import { TROUBLE_SECONDS } from './retry.ts'
import type { DueQueue } from './scheduler.ts'

export interface Job {
  readonly number: MessageNumber
  readonly channel: Channel
  readonly sender: ByteString
  /** When to try again what is not done now. */
  readonly retrySeconds: number
  /** This attempt is the last: a deferral becomes a failure. */
  readonly isDying: boolean
  /** Recipients that were seen and are not done. */
  left: number
  /** All recipients were seen. */
  hasReachedEnd: boolean
  /** The pass that reads it, and its running deliveries. */
  holders: number
}

export interface JobEnds {
  readonly keeper: Pick<ScheduledKeeper, 'removeChannel'>
  readonly waiting: { readonly [channel in Channel]: DueQueue }
  /** Messages of which a channel is over: finish.ts looks whether it was the last. */
  readonly finished: DueQueue
  readonly nowSeconds: () => number
  readonly log: SendLog
  readonly ring: () => void
}

export class Jobs {
  readonly #ends: JobEnds
  readonly #limit: number
  #count = 0

  constructor(limit: number, ends: JobEnds) {
    this.#limit = limit
    this.#ends = ends
  }

  get hasRoom(): boolean {
    return this.#count < this.#limit
  }

  /** Held by who opens it; each delivery holds it too. */
  open(facts: Pick<Job, 'number' | 'channel' | 'sender' | 'retrySeconds' | 'isDying'>): Job {
    this.#count++
    return { ...facts, left: 0, hasReachedEnd: false, holders: 1 }
  }

  /** One holder less; the last one ends the job. */
  async release(job: Job): Promise<void> {
    if (--job.holders > 0) return
    this.#count--
    await this.#end(job)
    this.#ends.ring()
  }

  async #end({ number, channel, retrySeconds, left, hasReachedEnd }: Job): Promise<void> {
    const { keeper, waiting, finished, nowSeconds, log } = this.#ends
    if (!hasReachedEnd || left > 0) {
      waiting[channel].add(number, retrySeconds)
      return
    }
    const removed = await keeper.removeChannel(number, channel)
    if (removed.ok) {
      finished.add(number, nowSeconds())
      return
    }
    log.warn(removed.failure, 'will try again later')
    waiting[channel].add(number, nowSeconds() + TROUBLE_SECONDS)
  }
}
