/**
 * One SMTP session, seen from the server, without any I/O: bytes in, replies and effects out (RFC 5321 §4). Who owns the
 * connection (src/smtpd/serve.ts) hands over what arrives and asks what is to be done next; a test does the same. Commands are
 * worked off strictly in their order: while an effect is under way nothing of the input is looked at (RFC 2920 §3.2).
 *
 * What it holds is bounded: one command line, and replies up to REPLY_BYTES; the input belongs to the caller.
 */
import { type ByteString, CR, LF } from '../bytes/bytes.ts'
import type { Parsed } from './command.ts'
import { closing, renderReply, reply, type Reply, type ReplyStyle } from './reply.ts'
import type { Content, Effect, Step, Verbs } from './rule.ts'
import type { State } from './transaction.ts'

/** What all sessions of one profile share. */
export interface Protocol<C, E extends Effect> {
  readonly verbs: Verbs<C, E>
  readonly parse: (line: ByteString) => Parsed
  readonly style: ReplyStyle
  /** Octets of a command line with its line end. Longer ones are skipped and answered. */
  readonly commandBytes: number
  /** So many commands that are none are answered; the next one ends the session. 0: no limit. */
  readonly badCommands: number
  readonly unknownVerb: Reply
  readonly start: State
}

/**
 * What the caller has to do next. `input`: bring more bytes. `flush`: send the replies, then ask again. `over`: send them and
 * close. Else an effect: fulfil it, then `resume` with the step that its own resume gave.
 */
export type Demand<E> = 'input' | 'flush' | 'over' | E

/** Replies that are kept before the caller has to send them. */
const REPLY_BYTES = 16384

const nothing = Buffer.alloc(0)

const tooLong = reply(500, '5.5.2', 'line too long')
const tooManyErrors = closing(reply(421, '4.7.0', 'too many errors'))
const stopping = closing(reply(421, '4.3.2', 'shutting down'), 'done')

export class Session<C, E extends Effect> {
  readonly protocol: Protocol<C, E>
  readonly context: C
  state: State

  #input: Buffer = nothing
  #at = 0
  /** Before here no LF is left in the input. */
  #searched = 0
  #isSkipping = false
  #replies: ByteString = ''
  #content: Content<E> | undefined
  #endsGroup = false
  #mustFlush = false
  #badCommands = 0
  #ends: 'done' | 'broken' | undefined
  #isStopping = false

  constructor(protocol: Protocol<C, E>, context: C) {
    this.protocol = protocol
    this.context = context
    this.state = protocol.start
  }

  /** How the session ended: `done` as it should; undefined while it goes on. */
  get ended(): 'done' | 'broken' | undefined {
    return this.#ends
  }

  /** The greeting or another first step, before any input. */
  begin(step: Step<E>): Demand<E> {
    this.#mustFlush = true
    return this.resume(step)
  }

  /** The bytes are only read before `hold` or the next demand for input; then the caller has them back. */
  receive(bytes: Buffer): void {
    if (this.#ends !== undefined) return
    this.#input =
      this.#at === this.#input.length ? bytes : Buffer.concat([this.#input.subarray(this.#at), bytes])
    this.#searched = Math.max(0, this.#searched - this.#at)
    this.#at = 0
  }

  /** Keep what is left of the input as the session's own. */
  hold(): void {
    if (this.#at === this.#input.length) this.#input = nothing
    else this.#input = Buffer.from(this.#input.subarray(this.#at))
    this.#searched = Math.max(0, this.#searched - this.#at)
    this.#at = 0
  }

  /** The replies that wait, with their line ends; they are the caller's then. */
  takeReplies(): ByteString {
    const replies = this.#replies
    this.#replies = ''
    this.#mustFlush = false
    return replies
  }

  /** Finish the transaction that is under way, begin none, and close. Ask `next` afterwards, unless an effect is under way. */
  stop(): void {
    this.#isStopping = true
  }

  /** A last reply from outside: a timeout, a mistake of ours. */
  end(last: Reply): void {
    this.#say({ ...last, ends: last.ends ?? 'broken' })
  }

  /** A verb found that a message was taken: its client is no vandal. */
  forgiveErrors(): void {
    this.#badCommands = 0
  }

  /** The effect that was demanded is done. */
  resume(step: Step<E>): Demand<E> {
    const effect = this.#apply(step)
    return effect ?? this.next()
  }

  next(): Demand<E> {
    for (;;) {
      if (this.#ends !== undefined) return 'over'
      if (this.#mustFlush || this.#replies.length >= REPLY_BYTES) return 'flush'
      if (this.#isStopping && this.#isBetweenTransactions()) {
        this.#say(stopping)
        continue
      }
      const step = this.#content === undefined ? this.#takeCommand() : this.#takeContent(this.#content)
      if (step === undefined) return 'input'
      const effect = this.#apply(step)
      if (effect !== undefined) return effect
    }
  }

  #isBetweenTransactions(): boolean {
    return this.#content === undefined && (this.state.at === 'connected' || this.state.at === 'ready')
  }

  #apply(step: Step<E>): E | undefined {
    switch (step.is) {
      case 'reply':
        this.#content = undefined
        this.#say(step)
        return undefined
      case 'content':
        this.#say(step.reply)
        this.#content = step
        return undefined
      case 'more':
        return undefined
      default:
        return step
    }
  }

  #say(answer: Reply): void {
    const last = this.#judged(answer)
    this.#replies += renderReply(last, this.protocol.style)
    if (last.ends !== undefined) this.#ends = last.ends
    if (this.#endsGroup) this.#mustFlush = true
    this.#endsGroup = false
  }

  /** A client that does not speak the protocol is given up after a while. */
  #judged(answer: Reply): Reply {
    if (!isBadCommand(answer.code)) return answer
    this.#badCommands += 1
    const most = this.protocol.badCommands
    return most > 0 && this.#badCommands > most ? tooManyErrors : answer
  }

  #takeContent(content: Content<E>): Step<E> | undefined {
    if (this.#at === this.#input.length) return undefined
    const { taken, step } = content.take(this.#input, this.#at)
    this.#at += taken
    this.#searched = this.#at
    // A dialogue that has half a line needs the other half first.
    return taken === 0 && step.is === 'more' ? undefined : step
  }

  #takeCommand(): Step<E> | undefined {
    const lf = this.#input.indexOf(LF, Math.max(this.#at, this.#searched))
    if (lf === -1) {
      this.#waitForLineEnd()
      return undefined
    }
    const from = this.#at
    this.#at = lf + 1
    if (this.#isSkipping || lf + 1 - from > this.protocol.commandBytes) {
      this.#isSkipping = false
      return tooLong
    }
    const to = lf > from && this.#input[lf - 1] === CR ? lf - 1 : lf
    return this.#run(this.protocol.parse(this.#input.toString('latin1', from, to)))
  }

  #waitForLineEnd(): void {
    if (this.#isSkipping || this.#input.length - this.#at >= this.protocol.commandBytes) {
      this.#isSkipping = true
      this.#at = this.#input.length
    }
    this.#searched = this.#input.length
  }

  #run(command: Parsed): Step<E> {
    const verb = command.verb === 'other' || command.verb === 'malformed' ? command.name : command.verb
    const row = this.protocol.verbs.get(verb)
    if (row === undefined) return this.protocol.unknownVerb
    this.#endsGroup = row.lastInGroup
    if (!row.allowedAt.includes(this.state.at)) return outOfOrder(this.state)
    return command.verb === 'malformed' ? command.reply : row.run(this, command)
  }
}

/** The codes of RFC 5321 §4.2.2 that speak of the command itself and not of what it asks for. */
function isBadCommand(code: number): boolean {
  return (code >= 500 && code <= 504) || code === 555
}

function outOfOrder({ at }: State): Reply {
  switch (at) {
    case 'connected':
      return reply(503, '5.5.1', 'EHLO first')
    case 'ready':
      return reply(503, '5.5.1', 'MAIL first')
    default:
      return reply(503, '5.5.1', 'one MAIL at a time')
  }
}
