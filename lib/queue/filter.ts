/**
 * The place of stage `message` in the way of a submission: after the last byte and before the commit, whoever injects. Foreign code never runs
 * as the queue's user: the resident queue will ask `filter --serve`, a process with its own uid, and a one-shot `queue` that
 * relays leaves the question to the resident one. Until those runners exist every main passes passThrough.
 */
import type { ByteString } from '../bytes/bytes.ts'
import { ok, type Result } from '../failure/failure.ts'
import type { QueueFailure } from './exitcode.ts'
import type { MessageNumber } from './paths.ts'
import type { ClientFacts } from './submission.ts'

/** A message that is complete and not yet committed. */
export interface Candidate {
  readonly number: MessageNumber
  readonly uid: number
  readonly qp: number
  /** Empty unless smtpd's user handed the message in. */
  readonly facts: ClientFacts
}

/** A refusal is code 31 (or 82 with text), trouble of the filter 71; the files are then removed. */
export type Filter = (candidate: Candidate) => Promise<Result<FilterVerdict, QueueFailure>>

export interface FilterVerdict {
  /** For the log; empty when nothing was changed. */
  readonly changedBy: ByteString
}

export const passThrough: Filter = async () => ok({ changedBy: '' })
