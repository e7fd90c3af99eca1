/**
 * The end of a message: no channel has a recipient left, so its sender is told what failed, and the files go, in an order in which
 * a crash at any point leaves a message that ends again. Many messages end at once. qmail-send(8), INTERNALS §3
 */
import type { KeeperFailure, MessageFacts, QueueKeeper } from '../../lib/queue/keeper.ts'
import type { MessageNumber } from '../../lib/queue/paths.ts'
import type { OpenSubmission, Submission } from '../../lib/queue/submission.ts'
import { bounceFor, type Bounce, type BounceSettings } from './bounce.ts'
import type { Cleaner } from './cleaner.ts'
import { endLine, type SendLog } from './log.ts'
import { bounceMessage, type Told } from './notice.ts'
import { TROUBLE_SECONDS } from './retry.ts'
import type { DueQueue } from './scheduler.ts'

export interface FinishParts {
  readonly keeper: QueueKeeper
  readonly cleaner: Pick<Cleaner, 'ask'>
  readonly submit: OpenSubmission
  readonly bounce: BounceSettings
  readonly finished: DueQueue
  readonly log: SendLog
  readonly nowMs: () => number
  /** A word that nobody can guess and that was never given before. */
  readonly token: () => string
  readonly ring: () => void
}

const AT_ONCE = 20
/** A queue program that hangs must not hold up the messages that have nothing to tell. */
const BOUNCES_AT_ONCE = 10
/** All of those are under way: asked again after so long. */
const TURN_SECONDS = 1

export class Finish {
  readonly #parts: FinishParts
  readonly #running = new Set<MessageNumber>()
  #bounces = 0

  constructor(parts: FinishParts) {
    this.#parts = parts
  }

  proceed(nowSeconds: number): void {
    const { finished, ring } = this.#parts
    while (this.#running.size < AT_ONCE) {
      const number = finished.takeDue(nowSeconds)
      if (number === undefined) return
      // Both of its channels ended at the same moment: once is enough.
      if (this.#running.has(number)) continue
      this.#running.add(number)
      void this.#end(number).then((again) => {
        this.#running.delete(number)
        if (again !== undefined) finished.add(number, this.#nowSeconds() + again)
        ring()
      })
    }
  }

  nextSeconds(): number {
    return this.#running.size < AT_ONCE ? this.#parts.finished.firstSeconds : Infinity
  }

  /** Nothing is being ended, and nothing waits for it now. */
  isIdle(nowSeconds: number): boolean {
    return this.#running.size === 0 && this.#parts.finished.firstSeconds > nowSeconds
  }

  #nowSeconds(): number {
    return Math.floor(this.#parts.nowMs() / 1000)
  }

  /** After how many seconds it must be tried again; undefined when the message is over. */
  async #end(number: MessageNumber): Promise<number | undefined> {
    const { keeper, log } = this.#parts
    const standing = await keeper.scheduled.standing(number)
    if (!standing.ok) return this.#trouble(standing.failure)
    const { due, isTodo, hasInfo } = standing.value
    if (due.local !== undefined || due.remote !== undefined || isTodo || !hasInfo) return undefined
    const again = await this.#tellSender(number)
    if (again !== undefined) return again
    log.line(endLine(number))
    log.flush()
    const removed = await keeper.scheduled.removeInfo(number)
    if (!removed.ok) return this.#trouble(removed.failure)
    const answer = await this.#parts.cleaner.ask({ what: 'foop', number })
    if (answer === 'failed') log.line(`warning: qmail-clean unable to clean up foop/${number}`)
    return undefined
  }

  #trouble(failure: KeeperFailure): number {
    this.#parts.log.warn(failure, 'will try again later')
    return TROUBLE_SECONDS
  }

  /** Queue the bounce, if there is one, and forget its paragraphs. As #end. */
  async #tellSender(number: MessageNumber): Promise<number | undefined> {
    const { keeper, log } = this.#parts
    const size = await keeper.bounces.sizeBytes(number)
    if (!size.ok) {
      log.warn(size.failure)
      return TROUBLE_SECONDS
    }
    if (size.value === undefined) return undefined
    if (this.#bounces >= BOUNCES_AT_ONCE) return TURN_SECONDS
    this.#bounces++
    const isTold = await this.#bounce(number)
    this.#bounces--
    if (!isTold) return TROUBLE_SECONDS
    const removed = await keeper.bounces.remove(number)
    if (removed.ok) return undefined
    log.warn(removed.failure)
    return TROUBLE_SECONDS
  }

  async #bounce(number: MessageNumber): Promise<boolean> {
    const { keeper, log, bounce, nowMs } = this.#parts
    const facts = await keeper.scheduled.facts(number)
    if (!facts.ok) {
      log.warn(facts.failure, 'will try again later')
      return false
    }
    const message = bounceFor(facts.value.sender, bounce, nowMs())
    if (message !== undefined) return this.#inject(number, message, facts.value)
    log.line(`triple bounce: discarding ${keeper.bounces.file(number)}`)
    return true
  }

  async #inject(number: MessageNumber, message: Bounce, facts: MessageFacts): Promise<boolean> {
    const { submit, log } = this.#parts
    const opened = await submit()
    if (!opened.ok) {
      log.line('warning: unable to start qmail-queue, will try later')
      return false
    }
    const qp = await this.#write(message, this.#told(number, facts), opened.value)
    log.line(
      qp === undefined
        ? 'warning: trouble injecting bounce message, will try later'
        : `bounce msg ${number} qp ${qp}`,
    )
    return qp !== undefined
  }

  #told(number: MessageNumber, { birthSeconds }: MessageFacts): Told {
    const { bounces, scheduled } = this.#parts.keeper
    return {
      birthSeconds,
      extras: () => scheduled.extras(number),
      paragraphs: () => bounces.read(number),
      sizeBytes: () => scheduled.sizeBytes(number),
      message: () => scheduled.message(number),
    }
  }

  /** The `qp` of the bounce; undefined when it could not be queued. */
  async #write(message: Bounce, told: Told, submission: Submission): Promise<number | undefined> {
    const { bounce, nowMs, token } = this.#parts
    try {
      for await (const chunk of bounceMessage(message, told, { ...bounce, nowMs: nowMs(), token })) {
        await submission.write(chunk)
      }
    } catch {
      await submission.abort()
      return undefined
    }
    const queued = await submission.commit(message.envelope)
    return queued.ok ? queued.value.qp : undefined
  }
}
