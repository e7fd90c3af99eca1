/**
 * The part of a transaction before the message: RSET where the connection was used before, MAIL, RCPT for each recipient, DATA, as many
 * at once as the server allows, and the answers told apart. Pure; one for each transaction, called by client.ts.
 * RFC 5321 §3.3, RFC 2920 §3.1.
 */
import { quote } from '../address/quote.ts'
import type { ByteString } from '../bytes/bytes.ts'
import type { Profile } from '../control/registry.ts'
import type { MessageResult, RecipientResult, Transaction } from './client-outcome.ts'
import { type Reply, verdict } from './client-reply.ts'

/** Commands in flight at once. More would only fill buffers: the round trip is hidden long before. */
export const PIPELINE_COMMANDS = 100

interface Command {
  readonly is: 'rset' | 'mail' | 'rcpt' | 'data'
  readonly line: ByteString
}

export type Offers = ReadonlyMap<ByteString, ByteString>

/** What follows an answer: write these bytes (perhaps none) and go on; or the envelope is through, one way or another. */
export type Turn =
  | { readonly is: 'continue'; readonly bytes: ByteString }
  | { readonly is: 'data' }
  /** There will be no message. `discard`: but the server waits for one, and gets an empty one. */
  | { readonly is: 'over'; readonly message: MessageResult; readonly discard: boolean }
  | { readonly is: 'broken' }

export class ClientEnvelope {
  readonly #profile: Profile
  readonly #window: number
  readonly #recipients: readonly ByteString[]
  readonly #results: RecipientResult[] = []
  #waiting: Command[]
  readonly #sent: Command[] = []
  /** Why there will be no message, known while answers to commands already sent are still to come. */
  #decided: MessageResult | undefined

  constructor(
    transaction: Transaction,
    {
      profile,
      offers,
      reset,
    }: { readonly profile: Profile; readonly offers: Offers; readonly reset: boolean },
  ) {
    this.#profile = profile
    this.#window = offers.has('PIPELINING') ? PIPELINE_COMMANDS : 1
    this.#recipients = transaction.recipients
    if (!isSendable(transaction.sender)) this.#decided = { is: 'unsendable' }
    this.#waiting = [
      ...(reset ? [{ is: 'rset', line: 'RSET' } as const] : []),
      { is: 'mail', line: mailCommand(transaction, offers) },
      ...transaction.recipients
        .filter(isSendable)
        .map((recipient) => ({ is: 'rcpt', line: `RCPT TO:<${quote(recipient)}>` }) as const),
      { is: 'data', line: 'DATA' },
    ]
  }

  /** So far; in the order of the recipients. */
  get results(): readonly RecipientResult[] {
    return this.#results
  }

  /** What is known to become of the message, should the connection end now. */
  get decided(): MessageResult | undefined {
    return this.#decided
  }

  start(): Turn {
    return this.#proceed()
  }

  answer(reply: Reply): Turn {
    const command = this.#sent.shift()
    switch (command?.is) {
      case 'rset':
        return verdict(reply, 'mail', this.#profile) === 'yes' ? this.#proceed() : { is: 'broken' }
      case 'mail': {
        const said = verdict(reply, 'mail', this.#profile)
        if (said !== 'yes') this.#decided = { is: 'refused', at: 'mail', retry: said, reply }
        return this.#proceed()
      }
      case 'rcpt': {
        const said = verdict(reply, 'rcpt', this.#profile)
        if (this.#decided === undefined)
          this.#add(said === 'yes' ? { is: 'accepted', reply } : { is: 'refused', retry: said, reply })
        return this.#proceed()
      }
      case 'data':
        return this.#dataAnswer(reply)
      case undefined:
        return { is: 'broken' }
    }
  }

  /** Send what may be sent now; when nothing is left to send or to hear, it is over. */
  #proceed(): Turn {
    const lines: ByteString[] = []
    // Half a window at a time: one write for many commands.
    const room = this.#sent.length <= this.#window / 2 ? this.#window - this.#sent.length : 0
    for (let count = 0; count < room; count += 1) {
      const command = this.#next()
      if (command === undefined) break
      this.#sent.push(command)
      lines.push(`${command.line}\r\n`)
    }
    const isOver = this.#sent.length === 0 && this.#decided !== undefined
    return isOver ? this.#over(false) : { is: 'continue', bytes: lines.join('') }
  }

  #next(): Command | undefined {
    if (this.#waiting[0]?.is === 'data' && this.#isRefusedByAll()) this.#decided ??= { is: 'noRecipient' }
    if (this.#decided !== undefined) this.#waiting = []
    return this.#waiting.shift()
  }

  /** Nobody accepted, and no answer is due. While one is, DATA may go along with the group (RFC 2920 §3.1). */
  #isRefusedByAll(): boolean {
    return !this.#hasRecipient() && !this.#sent.some(({ is }) => is === 'rcpt')
  }

  #hasRecipient(): boolean {
    return this.#results.some((result) => result.is === 'accepted')
  }

  #dataAnswer(reply: Reply): Turn {
    const said = verdict(reply, 'data', this.#profile)
    this.#fillUnsendable()
    if (this.#decided === undefined && this.#hasRecipient()) {
      if (said === 'yes') return { is: 'data' }
      this.#decided = { is: 'refused', at: 'data', retry: said, reply }
      return this.#over(false)
    }
    this.#decided ??= { is: 'noRecipient' }
    return this.#over(said === 'yes')
  }

  #over(discard: boolean): Turn {
    const message = this.#decided ?? { is: 'noRecipient' }
    if (message.is === 'noRecipient') this.#fillUnsendable()
    return { is: 'over', message, discard }
  }

  #add(result: RecipientResult): void {
    this.#fillUnsendable()
    this.#results.push(result)
  }

  /** Those that no command could be made for, up to the next that one was made for. */
  #fillUnsendable(): void {
    for (;;) {
      const next = this.#recipients[this.#results.length]
      if (next === undefined || isSendable(next)) return
      this.#results.push({ is: 'unsendable' })
    }
  }
}

function mailCommand({ sender, sizeBytes, is8bit }: Transaction, offers: Offers): ByteString {
  const size = offers.has('SIZE') && sizeBytes !== undefined ? ` SIZE=${sizeBytes}` : ''
  const body = offers.has('8BITMIME') && is8bit === true ? ' BODY=8BITMIME' : ''
  return `MAIL FROM:<${quote(sender)}>${size}${body}`
}

/** A command is one line: nothing in it may end one, and RFC 5321 §2.3.8 knows no NUL. */
function isSendable(address: ByteString): boolean {
  return !/[\r\n\0]/.test(address)
}
