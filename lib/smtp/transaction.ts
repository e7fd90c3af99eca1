/**
 * What a session of an SMTP server knows at each moment (RFC 5321 §4.1.4): a union whose members hold exactly what exists
 * then, so there is no recipient before MAIL. Pure types; verbs (src/smtpd) move a session from one to the next.
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Parameter } from './command.ts'

/** What the client called itself. */
export interface Greeting {
  readonly name: ByteString
  /** It said EHLO. */
  readonly isExtended: boolean
}

export interface Recipient {
  readonly address: ByteString
  readonly parameters: readonly Parameter[]
}

/** One message on its way: begun by MAIL, ended by the end of the content, RSET, or another greeting. */
export interface Transaction {
  readonly sender: ByteString
  readonly parameters: readonly Parameter[]
  readonly recipients: Recipient[]
  /** Recipients that were answered with a refusal. */
  refused: number
  /** Recipients that a hook took and dropped: the client saw success. */
  dropped: number
}

export type State =
  /** The client has not said who it is. */
  | { readonly at: 'connected' }
  /** `greeting` may be missing where nobody asks for it (profile `qmail`). */
  | { readonly at: 'ready'; readonly greeting: Greeting | undefined }
  | { readonly at: 'mail'; readonly greeting: Greeting | undefined; readonly transaction: Transaction }
  /** The content is under way. No command is read meanwhile. */
  | { readonly at: 'data'; readonly greeting: Greeting | undefined; readonly transaction: Transaction }

export type Moment = State['at']

export function greetingOf(state: State): Greeting | undefined {
  return state.at === 'connected' ? undefined : state.greeting
}

/** After a transaction, however it ended. */
export function withoutTransaction(state: State): State {
  return state.at === 'connected' ? state : { at: 'ready', greeting: state.greeting }
}

export function transaction(sender: ByteString, parameters: readonly Parameter[]): Transaction {
  return { sender, parameters, recipients: [], refused: 0, dropped: 0 }
}
