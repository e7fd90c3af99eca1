/**
 * What send's loop sleeps on: the earliest time that any part named, or a ring. A ring that comes while nobody sleeps is kept
 * for the next sleep, so nothing that happened is ever slept over.
 */
import type { Clock } from '../../lib/program/run.ts'

/** A clock that was set forward, or a machine that slept, is noticed after at most so long. */
const LONGEST_SLEEP_MS = 60_000

export class Alarm {
  readonly #clock: Clock
  #hasRung = false
  #wake: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** In whole seconds, rounded down: what is due at second n is due as soon as it has begun. */
  nowSeconds(): number {
    return Math.floor(this.#clock.now() / 1000)
  }

  readonly ring = (): void => {
    this.#hasRung = true
    this.#wake?.()
  }

  /** Until a ring, or until that second has begun, or a minute: whichever is first. */
  async sleepUntil(seconds: number): Promise<void> {
    const ms = seconds * 1000 - this.#clock.now()
    // Even without a pause the system's events get their turn.
    await (this.#hasRung || ms <= 0 ? breathe() : this.#sleep(Math.min(ms, LONGEST_SLEEP_MS)))
    this.#hasRung = false
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve()
      }
      const timer = setTimeout(wake, Math.ceil(ms))
      this.#wake = wake
    })
  }
}

/** Let signals, timers and input that is there be served. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** So long, or until `stop`. */
export function pause(seconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, seconds * 1000)
    stop.addEventListener('abort', done)
    if (stop.aborted) done()
  })
}
