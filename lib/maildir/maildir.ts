/**
 * What a delivery to a Maildir is, for those who deliver: src/local and later whoever stores mail. Its one adapter is by-file.ts.
 * A message is in new/ completely or not at all, and it is on disk before success is said. maildir(5), qmail-local(8).
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Result } from '../failure/failure.ts'

export interface MaildirDelivery {
  /** The directory that holds tmp, new and cur; the slash at its end does not matter. */
  readonly directory: ByteString
  /** All bytes of the file. An error thrown while it is read is reported as an unreadable message. */
  readonly bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
  /** Ends the delivery: qmail gives up after MAILDIR_SECONDS. */
  readonly signal: AbortSignal
}

/** The name in new/, or a temporary failure in qmail's words; then nothing of the message remains. Never rejects. */
export type DeliverToMaildir = (delivery: MaildirDelivery) => Promise<Result<ByteString>>

/** qmail-local's alarm: one delivery may take a day. */
export const MAILDIR_SECONDS = 86_400
