/**
 * The Submission port: how a message enters the queue. Whoever injects (smtpd, inject, local's forwards, send's bounces) writes
 * the bytes, then commits with the envelope or aborts. Adapters: to-store.ts (direct), by-socket.ts (queue --serve),
 * by-exec.ts (QMAILQUEUE and qmail's own queue). One contract suite runs over all of them (test/contract/submission).
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Envelope } from '../envelope/envelope.ts'
import type { Result } from '../failure/failure.ts'
import type { QueueFailure } from './exitcode.ts'

export interface Submission {
  /**
   * Append message bytes (LF line ends). A promise means: wait for it before the next write, because at most 64 KiB are kept
   * in memory. The bytes must not change after the call. Trouble is not reported here: commit() tells it, with the reason.
   */
  write(bytes: Uint8Array): Promise<void> | undefined
  /**
   * The message is complete. On success it is on disk and will be delivered or bounced. A failure after the commit may
   * have been seen says so in its text (possible duplicate). To be called once, as abort().
   */
  commit(envelope: Envelope): Promise<Result<Queued, QueueFailure>>
  /** Forget the message; nothing of it remains. Harmless after commit. */
  abort(): Promise<void>
}

export interface Queued {
  /** The `qp` of replies and logs: a process id, or a number above all process ids. */
  readonly qp: number
}

/** What smtpd knows of its client, NAME=value as in a hook's facts; believed only from smtpd's uid. */
export type ClientFacts = Readonly<Record<string, ByteString>>

export type OpenSubmission = (facts?: ClientFacts) => Promise<Result<Submission, QueueFailure>>
