/**
 * What was in the queue when send started: every preprocessed message goes back onto its channels at the time that its channel
 * files remember. A message whose files cannot be asked now is asked again later. qmail-send(8)
 */
import { UnreadableDirectory } from '../../lib/queue/keeper-failure.ts'
import type { Kept, ScheduledKeeper, Standing } from '../../lib/queue/keeper.ts'
import { type Channel, channels, type MessageNumber } from '../../lib/queue/paths.ts'
import { breathe, pause } from './alarm.ts'
import type { SendLog } from './log.ts'
import { TROUBLE_SECONDS } from './retry.ts'
import { DueQueue } from './scheduler.ts'

export interface StartupParts {
  readonly keeper: Pick<ScheduledKeeper, 'all' | 'standing'>
  readonly waiting: { readonly [channel in Channel]: DueQueue }
  readonly finished: DueQueue
  readonly log: SendLog
  readonly nowSeconds: () => number
  readonly ring: () => void
  readonly stop: AbortSignal
}

const SLEEP_SECONDS = 10

export class Startup {
  readonly #parts: StartupParts
  /** Messages whose files could not be asked. */
  readonly #troubled = new DueQueue()
  #isAsking = false

  constructor(parts: StartupParts) {
    this.#parts = parts
  }

  /** Read the whole queue, once, before anything else is done. */
  async scan(): Promise<void> {
    const { keeper, log, stop } = this.#parts
    while (!stop.aborted) {
      try {
        for await (const messages of keeper.all()) {
          for (const found of messages) this.#place(found.number, found)
          await breathe()
          if (stop.aborted) return
        }
        return
      } catch (error) {
        if (!(error instanceof UnreadableDirectory)) throw error
        this.#forgetAll()
        log.line(`alert: unable to opendir ${error.directory}, sleeping...`)
        log.flush()
        await pause(SLEEP_SECONDS, stop)
      }
    }
  }

  #forgetAll(): void {
    const { waiting, finished } = this.#parts
    for (const queue of [waiting.local, waiting.remote, finished, this.#troubled]) queue.clear()
  }

  proceed(nowSeconds: number): void {
    if (this.nextSeconds() > nowSeconds) return
    const number = this.#troubled.takeDue(nowSeconds)
    if (number === undefined) return
    this.#isAsking = true
    void this.#parts.keeper.standing(number).then((standing) => {
      this.#place(number, standing)
      this.#isAsking = false
      this.#parts.ring()
    })
  }

  nextSeconds(): number {
    return this.#isAsking ? Infinity : this.#troubled.firstSeconds
  }

  #place(number: MessageNumber, standing: Kept<Standing>): void {
    const { waiting, finished, log, nowSeconds } = this.#parts
    if (!standing.ok) {
      log.warn(standing.failure, 'will try again later')
      this.#troubled.add(number, nowSeconds() + TROUBLE_SECONDS)
      return
    }
    // It will come by todo.
    if (standing.value.isTodo) return
    const { due } = standing.value
    for (const channel of channels) {
      if (due[channel] !== undefined) waiting[channel].add(number, due[channel])
    }
    if (due.local === undefined && due.remote === undefined) finished.add(number, nowSeconds())
  }
}
