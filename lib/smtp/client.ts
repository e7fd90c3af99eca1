/**
 * The client's side of an SMTP connection, without the connection: bytes of the server in, effects out. The caller writes what it is
 * told to, streams the message through encode() and endData(), and gets one outcome per transaction. A session outlives its
 * transaction: where the outcome says so another may begin (after RSET), which is what a pool of connections needs.
 *
 * Profile qmail: HELO, one command at a time, any code below 400 is success. Profile modern: EHLO, then HELO for servers that do
 * not know it; PIPELINING, SIZE and 8BITMIME where offered; codes as in RFC 5321 §4.3.2; what is no code is trouble for now.
 * Pure. RFC 5321 §3.
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Profile } from '../control/registry.ts'
import { ClientEnvelope, type Offers, type Turn } from './client-envelope.ts'
import type { MessageResult, Outcome, RecipientResult, Step, Transaction } from './client-outcome.ts'
import { offersIn, type Reply, ReplyParser, verdict } from './client-reply.ts'
import { DataEncoder } from './send-data.ts'

export interface SessionOptions {
  readonly profile: Profile
  /** What we call ourselves: control/helohost. */
  readonly helo: ByteString
}

export type Effect =
  | { readonly is: 'write'; readonly bytes: ByteString }
  /** The server knows us: begin() may be called. */
  | { readonly is: 'ready' }
  /** The server waits for the message: encode() each chunk, then endData(). */
  | { readonly is: 'data' }
  /**
   * The transaction is over, or will never be. `next`: another may begin here, or quit(); only quit() makes sense; not even that,
   * because the connection is gone or in the middle of a message.
   */
  | { readonly is: 'outcome'; readonly outcome: Outcome; readonly next: 'reuse' | 'quit' | 'close' }

type State =
  | { readonly at: 'greeting' | 'ehlo' | 'helo' | 'ready' | 'closed' }
  | { readonly at: 'envelope'; readonly envelope: ClientEnvelope }
  | {
      readonly at: 'data'
      readonly recipients: readonly RecipientResult[]
      readonly encoder: DataEncoder
      readonly early?: Reply
    }
  | { readonly at: 'final'; readonly recipients: readonly RecipientResult[] }
  /** An empty message was sent, because the server waited for one to nobody. */
  | { readonly at: 'discard'; readonly outcome: Outcome }

export class ClientSession {
  readonly #options: SessionOptions
  readonly #parser = new ReplyParser()
  #state: State = { at: 'greeting' }
  #offers: Offers = new Map()
  #isUsed = false
  /** The server announced that it closes the connection (421, RFC 5321 §3.8). */
  #isLeaving = false

  constructor(options: SessionOptions) {
    this.#options = options
  }

  /** EHLO keywords of the server in upper case, with their parameters; empty before `ready` and after HELO. */
  get offers(): Offers {
    return this.#offers
  }

  /** May begin() be called? */
  get isReady(): boolean {
    return this.#state.at === 'ready'
  }

  receive(bytes: Uint8Array): readonly Effect[] {
    const effects = this.#parser.push(bytes).flatMap((reply) => this.#answer(reply))
    return this.#parser.isOverlong ? [...effects, ...this.lost()] : effects
  }

  begin(transaction: Transaction): readonly Effect[] {
    if (!this.isReady) throw new Error(`a transaction cannot begin in state ${this.#state.at}`)
    const { profile } = this.#options
    const envelope = new ClientEnvelope(transaction, { profile, offers: this.#offers, reset: this.#isUsed })
    this.#isUsed = true
    this.#state = { at: 'envelope', envelope }
    return this.#turn(envelope, envelope.start())
  }

  /** The wire form of the next bytes of the message; nothing when the server no longer waits for them. */
  encode(chunk: Uint8Array): Buffer {
    return this.#state.at === 'data' ? this.#state.encoder.encode(chunk) : Buffer.alloc(0)
  }

  /**
   * The message is complete: the bytes that end it, to be written at once, and effects. From here on a lost connection may mean a
   * duplicate. No bytes: there is an outcome among the effects, or was one before.
   */
  endData(): { readonly bytes: Buffer | undefined; readonly effects: readonly Effect[] } {
    if (this.#state.at !== 'data') return { bytes: undefined, effects: [] }
    const { recipients, encoder, early } = this.#state
    if (this.#options.profile === 'qmail' && encoder.isMidLine)
      return { bytes: undefined, effects: this.#end({ recipients, message: { is: 'partialLine' } }, 'close') }
    this.#state = { at: 'final', recipients }
    return {
      bytes: encoder.finish(),
      effects: early === undefined ? [] : this.#finalAnswer(recipients, early),
    }
  }

  /** The connection ended, broke, or was silent for too long; nothing further will be received. */
  lost(): readonly Effect[] {
    const state = this.#state
    const died = (isPossibleDuplicate: boolean): MessageResult => ({ is: 'died', isPossibleDuplicate })
    switch (state.at) {
      case 'closed':
        return []
      case 'ready':
        this.#state = { at: 'closed' }
        return []
      case 'greeting':
      case 'ehlo':
      case 'helo':
        return this.#end({ recipients: [], message: died(false) }, 'close')
      case 'envelope': {
        const { results, decided } = state.envelope
        return this.#end({ recipients: results, message: decided ?? died(false) }, 'close')
      }
      case 'data':
      case 'final':
        return this.#end({ recipients: state.recipients, message: died(state.at === 'final') }, 'close')
      case 'discard':
        return this.#end(state.outcome, 'close')
    }
  }

  /** Say goodbye; the reply is not waited for. */
  quit(): readonly Effect[] {
    this.#state = { at: 'closed' }
    return [{ is: 'write', bytes: 'QUIT\r\n' }]
  }

  #answer(reply: Reply): readonly Effect[] {
    const state = this.#state
    this.#isLeaving ||= reply.code === 421
    switch (state.at) {
      case 'greeting':
        return reply.code === 220 ? this.#introduce() : this.#refused('greeting', reply)
      case 'ehlo':
        if (reply.code === 250) return this.#welcome(offersIn(reply))
        return reply.code !== undefined && reply.code >= 500 ? this.#sayHelo() : this.#refused('helo', reply)
      case 'helo':
        return reply.code === 250 ? this.#welcome(new Map()) : this.#refused('helo', reply)
      case 'envelope':
        return this.#turn(state.envelope, state.envelope.answer(reply))
      case 'data':
        return this.#earlyAnswer(state, reply)
      case 'final':
        return this.#finalAnswer(state.recipients, reply)
      case 'discard':
        return this.#end(state.outcome, 'reuse')
      case 'ready':
      case 'closed':
        // Nobody asked: the server says goodbye on its own, or it is out of step.
        this.#state = { at: 'closed' }
        return []
    }
  }

  #introduce(): readonly Effect[] {
    if (this.#options.profile === 'qmail') return this.#sayHelo()
    this.#state = { at: 'ehlo' }
    return [{ is: 'write', bytes: `EHLO ${this.#options.helo}\r\n` }]
  }

  #sayHelo(): readonly Effect[] {
    this.#state = { at: 'helo' }
    return [{ is: 'write', bytes: `HELO ${this.#options.helo}\r\n` }]
  }

  #welcome(offers: Offers): readonly Effect[] {
    this.#offers = offers
    this.#state = { at: 'ready' }
    return [{ is: 'ready' }]
  }

  #refused(at: Step, reply: Reply): readonly Effect[] {
    return this.#end({ recipients: [], message: { is: 'refused', at, retry: 'later', reply } }, 'quit')
  }

  #turn(envelope: ClientEnvelope, turn: Turn): readonly Effect[] {
    const recipients = envelope.results
    switch (turn.is) {
      case 'continue':
        return turn.bytes === '' ? [] : [{ is: 'write', bytes: turn.bytes }]
      case 'data':
        this.#state = { at: 'data', recipients, encoder: new DataEncoder() }
        return [{ is: 'data' }]
      case 'over': {
        const outcome = { recipients, message: turn.message }
        if (!turn.discard) return this.#end(outcome, 'reuse')
        this.#state = { at: 'discard', outcome }
        return [{ is: 'write', bytes: '.\r\n' }]
      }
      case 'broken':
        return this.lost()
    }
  }

  /**
   * A reply while the message is being sent. A refusal ends the sending at once; in profile qmail it is found where qmail looks for
   * it, when the message is through. Anything else is passed over: it cannot be the answer to what is not yet said.
   */
  #earlyAnswer(state: Extract<State, { readonly at: 'data' }>, reply: Reply): readonly Effect[] {
    if (reply.code === undefined || reply.code < 400) return []
    if (this.#options.profile === 'qmail') {
      this.#state = { ...state, early: state.early ?? reply }
      return []
    }
    return this.#finalAnswer(state.recipients, reply, 'close')
  }

  #finalAnswer(
    recipients: readonly RecipientResult[],
    reply: Reply,
    next: 'reuse' | 'close' = 'reuse',
  ): readonly Effect[] {
    const said = verdict(reply, 'final', this.#options.profile)
    const message: MessageResult =
      said === 'yes' ? { is: 'accepted', reply } : { is: 'refused', at: 'final', retry: said, reply }
    return this.#end({ recipients, message }, next)
  }

  #end(outcome: Outcome, possible: 'reuse' | 'quit' | 'close'): readonly Effect[] {
    const next = possible === 'reuse' && this.#isLeaving ? 'quit' : possible
    this.#state = { at: next === 'reuse' ? 'ready' : 'closed' }
    return [{ is: 'outcome', outcome, next }]
  }
}
