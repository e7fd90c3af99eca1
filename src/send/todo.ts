/**
 * New messages: todo/ is looked through when the trigger was pulled, and every 1,500 seconds. Several messages are preprocessed at
 * once, because each waits for the disk. Which name is looked at next never costs a look at all of them: one listing is
 * used up before the next begins. What happens to one message is preprocess.ts. qmail-send(8)
 */
import { UnreadableDirectory } from '../../lib/queue/keeper-failure.ts'
import type { TodoKeeper } from '../../lib/queue/keeper.ts'
import type { MessageNumber } from '../../lib/queue/paths.ts'
import type { SendLog } from './log.ts'

export interface TodoParts {
  readonly keeper: Pick<TodoKeeper, 'waiting'>
  /** Never rejects; trouble leaves the message in todo. */
  readonly preprocess: (number: MessageNumber) => Promise<void>
  /** Could a delivery start now, if there were one? Not while both channels are held or full. */
  readonly isHungry: () => boolean
  /** Before a scan that nobody asked for: the trigger may have been replaced. */
  readonly renewTrigger: () => void
  readonly log: SendLog
  readonly nowSeconds: () => number
  readonly ring: () => void
  readonly stop: AbortSignal
}

const SCAN_SECONDS = 1500
/** The directory could not be read: looked at again after so long. */
const SLEEP_SECONDS = 10
/** So many wait for the disk together; more would only take turns. */
const AT_ONCE = 40
/** While no delivery could start anyway, the disk belongs to those who hand in mail; todo is taken up, but at leisure. */
const AT_LEISURE = 4

export class Todo {
  readonly #parts: TodoParts
  readonly #running = new Set<MessageNumber>()
  #isScanning = false
  #isPulled = false
  #nextScan = 0
  #tellRoom: () => void = () => {}

  constructor(parts: TodoParts) {
    this.#parts = parts
    parts.stop.addEventListener('abort', () => this.#tellRoom())
  }

  /** Somebody has queued a message. A pull during a scan causes another one: it may have come too late for this. */
  readonly pull = (): void => {
    this.#isPulled = true
    this.#parts.ring()
  }

  get isIdle(): boolean {
    return this.#running.size === 0
  }

  proceed(nowSeconds: number): void {
    if (this.nextSeconds() > nowSeconds) return
    if (!this.#isPulled) this.#parts.renewTrigger()
    this.#isPulled = false
    this.#nextScan = nowSeconds + SCAN_SECONDS
    this.#isScanning = true
    void this.#scan().then(() => {
      this.#isScanning = false
      this.#parts.ring()
    })
  }

  nextSeconds(): number {
    if (this.#isScanning || this.#parts.stop.aborted) return Infinity
    return this.#isPulled ? 0 : this.#nextScan
  }

  async #scan(): Promise<void> {
    // Their names may still be in the listing when they are done: a new message of that number pulls the trigger itself.
    const before = new Set(this.#running)
    try {
      for await (const numbers of this.#parts.keeper.waiting()) {
        for (const number of numbers) {
          if (before.has(number)) continue
          if (!(await this.#room())) return
          void this.#preprocess(number)
        }
      }
    } catch (error) {
      if (!(error instanceof UnreadableDirectory)) throw error
      this.#parts.log.line(`alert: unable to opendir ${error.directory}, sleeping...`)
      this.#nextScan = this.#parts.nowSeconds() + SLEEP_SECONDS
    }
  }

  async #room(): Promise<boolean> {
    const { stop, isHungry } = this.#parts
    while (!stop.aborted && this.#running.size >= (isHungry() ? AT_ONCE : AT_LEISURE)) {
      await new Promise<void>((resolve) => {
        this.#tellRoom = resolve
      })
    }
    return !stop.aborted
  }

  async #preprocess(number: MessageNumber): Promise<void> {
    this.#running.add(number)
    await this.#parts.preprocess(number)
    this.#running.delete(number)
    this.#tellRoom()
    this.#parts.ring()
  }
}
