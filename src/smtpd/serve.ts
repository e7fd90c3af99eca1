/**
 * One connection from greeting to end: it carries bytes between the wire and the session, has the session's wishes fulfilled, and
 * keeps the clock. Used by both lives. The replies of a pipelined group leave in one write; while a wish is under way, or
 * the client does not read its replies, nothing more is read from it, so memory stays flat.
 */
import { fromText } from '../../lib/bytes/bytes.ts'
import type { Reader, Wire } from '../../lib/net/wire.ts'
import type { Log } from '../../lib/program/log.ts'
import type { OpenSubmission } from '../../lib/queue/submission.ts'
import { reply } from '../../lib/smtp/reply.ts'
import { type Demand, Session } from '../../lib/smtp/server.ts'
import type { Heap } from './heap.ts'
import type { Context, Effect, Step } from './session.ts'
import { Wishes } from './wishes.ts'

/** What a connection is given. */
export interface Surroundings {
  readonly context: Context
  /** Chosen for this client: QMAILQUEUE may differ from one to the next. */
  readonly submit: OpenSubmission
  readonly heap: Heap
  readonly log: Log
  /** How it ended; called once, when the connection is closed. */
  readonly over: (ended: Ended) => void
}

/** `done` after QUIT; `broken` when the client went away, was too slow, or broke the protocol. */
export type Ended = 'done' | 'broken'

/** After a last word that the client did not ask for: how long it may take to read that and close (milliseconds). */
const LINGER_MS = 5000

const internalError = reply(421, '4.3.0', 'internal error')

export function serve(wire: Wire, surroundings: Surroundings): Conversation {
  const conversation = new Conversation(wire, surroundings)
  wire.read(conversation)
  conversation.begin()
  return conversation
}

export class Conversation implements Reader {
  readonly #wire: Wire
  readonly #surroundings: Surroundings
  readonly #session: Session<Context, Effect>
  readonly #wishes: Wishes
  #timer: NodeJS.Timeout
  /** Why input is not looked at just now; `end`: nobody ever will. */
  #waitsFor: 'input' | 'wish' | 'drain' | 'end' = 'input'
  #hasInputEnded = false

  constructor(wire: Wire, surroundings: Surroundings) {
    const { context } = surroundings
    this.#wire = wire
    this.#surroundings = surroundings
    this.#session = new Session(context.settings.protocol, context)
    this.#wishes = new Wishes(surroundings)
    this.#timer = setTimeout(() => this.#timeout(), context.settings.timeoutSeconds * 1000)
  }

  begin(): void {
    const { greeting } = this.#surroundings.context.settings
    this.#meet(() => this.#session.begin(reply(220, undefined, `${greeting} ESMTP`)))
  }

  /** Finish the message that is under way, begin no other, and close. */
  stop(): void {
    this.#session.stop()
    if (this.#waitsFor === 'input') this.#meet(() => this.#session.next())
  }

  /** Now, whatever is under way. */
  destroy(): void {
    this.#wire.destroy()
  }

  received(bytes: Buffer): void {
    if (this.#waitsFor === 'end') return
    this.#timer.refresh()
    this.#session.receive(bytes)
    if (this.#waitsFor === 'input') this.#meet(() => this.#session.next())
    // Who speaks before being answered is kept waiting; most do not, and stopping to read costs two system calls.
    else this.#wire.pause()
    this.#session.hold()
  }

  ended(): void {
    this.#hasInputEnded = true
    if (this.#waitsFor === 'input' || this.#waitsFor === 'end') this.#finish()
  }

  drained(): void {
    if (this.#waitsFor !== 'drain') return
    this.#timer.refresh()
    this.#waitsFor = 'input'
    this.#meet(() => this.#session.next())
  }

  closed(): void {
    this.#waitsFor = 'end'
    clearTimeout(this.#timer)
    this.#wishes.abandon()
    this.#surroundings.over(this.#session.ended ?? 'broken')
  }

  /** Does what the session demands until that takes time. A mistake of ours ends this connection and no other. */
  #meet(ask: () => Demand<Effect>): void {
    try {
      let demand = ask()
      for (;;) {
        if (demand === 'over') return this.#sayLast()
        if (demand === 'input' || demand === 'flush') {
          if (!this.#flush()) return this.#awaitDrain()
          if (demand === 'input') return this.#awaitInput()
          demand = this.#session.next()
        } else {
          // A program may take its time, and the client shall see what is decided already.
          if (demand.wants === 'verdict') this.#flush()
          const step = this.#wishes.fulfil(demand)
          if (step instanceof Promise) return this.#await(step, demand)
          demand = this.#session.resume(step)
        }
      }
    } catch (error) {
      const trouble = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#surroundings.log('bug', { error: fromText(trouble) })
      this.#session.end(internalError)
      this.#sayLast()
    }
  }

  #await(step: Promise<Step>, { wants }: Effect): void {
    this.#waitsFor = 'wish'
    // More of the message is on its way, and the queue has no room for it.
    if (wants === 'write') this.#wire.pause()
    const goOn = (ask: () => Demand<Effect>): void => {
      // The connection may have ended meanwhile: then nobody is there to be answered.
      if (this.#waitsFor !== 'wish') return
      this.#timer.refresh()
      this.#waitsFor = 'input'
      this.#meet(ask)
    }
    step.then(
      (done) => goOn(() => this.#session.resume(done)),
      (error: unknown) =>
        goOn(() => {
          throw error
        }),
    )
  }

  #awaitInput(): void {
    if (this.#hasInputEnded) return this.#finish()
    this.#waitsFor = 'input'
    this.#wire.resume()
  }

  #awaitDrain(): void {
    this.#waitsFor = 'drain'
    this.#wire.pause()
  }

  /** False: the client does not read; wait for drained(). */
  #flush(): boolean {
    const replies = this.#session.takeReplies()
    return replies === '' || this.#wire.write(replies)
  }

  /** The session is over. Who asked for it gets its reply and no more; others are given time to read why. */
  #sayLast(): void {
    this.#flush()
    if (this.#session.ended === 'done' || this.#hasInputEnded) return this.#finish()
    this.#waitsFor = 'end'
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.destroy(), LINGER_MS)
    this.#wire.end()
    this.#wire.resume()
  }

  /** Nothing more is said or heard, once what was said is sent. */
  #finish(): void {
    this.#waitsFor = 'end'
    this.#timer.refresh()
    this.#wire.finish()
  }

  #timeout(): void {
    if (this.#waitsFor === 'wish') {
      // The queue has deadlines of its own, and hooks have; their client waits for them.
      this.#timer.refresh()
    } else if (this.#waitsFor === 'input') {
      const isQmail = this.#surroundings.context.settings.profile === 'qmail'
      this.#session.end(reply(isQmail ? 451 : 421, '4.4.2', 'timeout'))
      this.#sayLast()
    } else {
      this.destroy()
    }
  }
}
