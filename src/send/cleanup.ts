/**
 * Orphans: messages whose writer died before they were queued. All of mess/ is walked at start and once a day, a piece at a time
 * between other work; what is certainly dead is given to qmail-clean. qmail-send(8), INTERNALS §3
 */
import { UnreadableDirectory } from '../../lib/queue/keeper-failure.ts'
import type { RemovalKeeper } from '../../lib/queue/keeper.ts'
import { breathe } from './alarm.ts'
import type { Cleaner } from './cleaner.ts'
import type { SendLog } from './log.ts'

export interface CleanupParts {
  readonly keeper: Pick<RemovalKeeper, 'messages' | 'isOrphan'>
  readonly cleaner: Pick<Cleaner, 'ask'>
  readonly log: SendLog
  readonly nowSeconds: () => number
  readonly ring: () => void
  readonly stop: AbortSignal
}

const WALK_SECONDS = 76_431
/** A directory could not be read: the walk begins again after so long. */
const SLEEP_SECONDS = 10
/** So many messages are looked at between two turns of everybody else. */
const PIECE = 50

export class Cleanup {
  readonly #parts: CleanupParts
  #isWalking = false
  #nextWalk = 0

  constructor(parts: CleanupParts) {
    this.#parts = parts
  }

  proceed(nowSeconds: number): void {
    if (this.nextSeconds() > nowSeconds) return
    this.#nextWalk = nowSeconds + WALK_SECONDS
    this.#isWalking = true
    void this.#walk().then(() => {
      this.#isWalking = false
      this.#parts.ring()
    })
  }

  nextSeconds(): number {
    return this.#isWalking || this.#parts.stop.aborted ? Infinity : this.#nextWalk
  }

  async #walk(): Promise<void> {
    const { keeper, log, nowSeconds, stop } = this.#parts
    let looked = 0
    try {
      for await (const numbers of keeper.messages()) {
        for (const number of numbers) {
          if (++looked % PIECE === 0) await breathe()
          if (stop.aborted) return
          await this.#look(number)
        }
      }
    } catch (error) {
      if (!(error instanceof UnreadableDirectory)) throw error
      log.line(`alert: unable to opendir ${error.directory}, sleeping...`)
      this.#nextWalk = nowSeconds() + SLEEP_SECONDS
    }
  }

  async #look(number: string): Promise<void> {
    const { keeper, cleaner, log, nowSeconds } = this.#parts
    const orphan = await keeper.isOrphan(number, nowSeconds())
    if (!orphan.ok) return log.warn(orphan.failure)
    if (!orphan.value) return
    const answer = await cleaner.ask({ what: 'foop', number })
    if (answer === 'failed') log.line(`warning: qmail-clean unable to clean up foop/${number}`)
  }
}
