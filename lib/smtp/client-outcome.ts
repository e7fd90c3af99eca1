/**
 * What a client session hands over and what it gets back: a transaction, and its outcome as a value that each user words for
 * itself (src/remote prints qmail's reports). Pure.
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Reply } from './client-reply.ts'

export interface Transaction {
  /** Raw, as in an envelope: the session quotes. Empty for a bounce. */
  readonly sender: ByteString
  readonly recipients: readonly ByteString[]
  /** What SIZE= says when the server offers it; undefined: not known. RFC 1870 §3. */
  readonly sizeBytes?: number | undefined
  /** BODY=8BITMIME is said when the server offers it. RFC 6152 §2. */
  readonly is8bit?: boolean | undefined
}

/** One for each recipient that has its answer, in their order. */
export type RecipientResult =
  | { readonly is: 'accepted'; readonly reply: Reply }
  | { readonly is: 'refused'; readonly retry: 'later' | 'never'; readonly reply: Reply }
  /** It has a line end or a NUL in it: no command can say it. */
  | { readonly is: 'unsendable' }

/** The step of the dialogue that was answered with a refusal; `final` is the answer to the whole message. */
export type Step = 'greeting' | 'helo' | 'mail' | 'data' | 'final'

export type MessageResult =
  | { readonly is: 'accepted'; readonly reply: Reply }
  | { readonly is: 'refused'; readonly at: Step; readonly retry: 'later' | 'never'; readonly reply: Reply }
  /** Every recipient was refused. */
  | { readonly is: 'noRecipient' }
  /** The sender has a line end or a NUL in it. */
  | { readonly is: 'unsendable' }
  /** Profile qmail: the message does not end with a newline, which was found out after DATA. */
  | { readonly is: 'partialLine' }
  /** Closed, broken, timed out, or out of all bounds. After the final dot nobody knows whether the message was taken. */
  | { readonly is: 'died'; readonly isPossibleDuplicate: boolean }

export interface Outcome {
  /** Fewer than the transaction has when it ended before. */
  readonly recipients: readonly RecipientResult[]
  readonly message: MessageResult
}
