/**
 * Put one message into the queue: what qmail-queue does, whoever asks and by whatever way. Bytes are pushed in (message, then
 * envelope), the answer is queued or a row of exitcode.ts. Called by main.ts for descriptors 0 and 1 and by serve.ts for each
 * submission on the socket. Page: queue.8.md.
 */
import { bytesOf } from '../../lib/bytes/bytes.ts'
import { failed, ok, type Result } from '../../lib/failure/failure.ts'
import type { Draft, QueueWriter } from '../../lib/queue/draft.ts'
import { exit, queueFailure, type QueueFailure } from '../../lib/queue/exitcode.ts'
import type { Filter } from '../../lib/queue/filter.ts'
import type { ClientFacts } from '../../lib/queue/submission.ts'
import type { MessageNumber } from '../../lib/queue/paths.ts'
import type { Ids } from '../../lib/users/ids.ts'
import { headerDate } from '../../lib/date/date.ts'
import { type EnvelopeIntake, envelopeIntake } from './envelope.ts'

/** Who hands the message in, as the kernel says. */
export interface Submitter {
  readonly uid: number
  /** The `qp` of logs and Received: of the submitting process, or the queue's own number above all process ids. */
  readonly qp: number
}

/** The uids that the Received line has words for; none where one user is everybody. */
export interface KnownUsers {
  readonly alias?: number
  readonly qmaild?: number
  readonly qmails?: number
}

export function knownUsers({ alias, qmaild, qmails }: Ids): KnownUsers {
  if (alias.uid === qmails.uid) return {}
  return { alias: alias.uid, qmaild: qmaild.uid, qmails: qmails.uid }
}

export interface Intake {
  readonly number: MessageNumber
  message(bytes: Uint8Array): Promise<Result<undefined, QueueFailure>>
  /** As on descriptor 1. Bytes after the final NUL are ignored, unless they are a trailer and control/queueext is 1. */
  envelope(bytes: Uint8Array): Promise<Result<undefined, QueueFailure>>
  /** No further byte of the envelope counts. Where there may be a trailer, only the end of the descriptor tells. */
  readonly isComplete: boolean
  /** Commit. Without a complete envelope it is a read error, and nothing remains. */
  finish(): Promise<Result<undefined, QueueFailure>>
  /** The submitter went away. */
  abort(): Promise<void>
}

/** The failures after which qmail-queue removes its files, and the verdicts of a filter; after the others the sweeper does. */
const cleansUp: ReadonlySet<number> = new Set([
  exit.writeError,
  exit.readError,
  exit.refused,
  exit.temporarilyRefused,
  exit.customText,
])

export interface Intaking {
  readonly writer: QueueWriter
  readonly known: KnownUsers
  readonly smtpdUid: number
  readonly filter: Filter
  /** Are parameters of envelopes kept? control/queueext. */
  readonly isExtended: () => Result<boolean>
  readonly now: () => number
}

export async function openIntake(
  { writer, known, smtpdUid, filter, isExtended, now }: Intaking,
  submitter: Submitter,
  facts: ClientFacts = {},
): Promise<Result<Intake, QueueFailure>> {
  const extended = isExtended()
  if (!extended.ok) return failed(queueFailure(exit.unreadableControl, extended.failure.cause))
  const draft = await writer.open()
  if (!draft.ok) return draft
  const { number } = draft.value
  // Any user may connect and say anything of a client: only smtpd's word counts.
  const believed = smtpdUid === submitter.uid ? facts : {}
  const examine = () => filter({ number, ...submitter, facts: believed })
  const envelope = envelopeIntake(draft.value, { ...submitter, extended: extended.value })
  return ok(intake(draft.value, envelope, receivedLine(submitter, known, now()), examine))
}

function intake(
  draft: Draft,
  envelope: EnvelopeIntake,
  received: Uint8Array,
  examine: () => ReturnType<Filter>,
): Intake {
  // Kept back until the first bytes come, so that a small message is one write.
  let head: Uint8Array | undefined = received
  let trouble: QueueFailure | undefined

  const giveUp = async (failure: QueueFailure): Promise<Result<undefined, QueueFailure>> => {
    trouble = failure
    await (cleansUp.has(failure.code) ? draft.discard() : draft.abandon())
    return failed(failure)
  }

  const writeHead = async (): Promise<Result<undefined, QueueFailure>> => {
    const rest = head
    head = undefined
    return rest === undefined ? ok() : draft.writeMessage(rest)
  }

  return {
    number: draft.number,
    get isComplete() {
      return envelope.isComplete && trouble === undefined
    },
    async message(bytes) {
      if (trouble !== undefined) return failed(trouble)
      const parts = head === undefined ? [bytes] : [head, bytes]
      head = undefined
      const written = await draft.writeMessage(...parts)
      return written.ok ? written : giveUp(written.failure)
    },
    async envelope(bytes) {
      if (trouble !== undefined) return failed(trouble)
      const head = await writeHead()
      if (!head.ok) return giveUp(head.failure)
      const written = await envelope.take(bytes)
      return written.ok ? written : giveUp(written.failure)
    },
    async finish() {
      if (trouble !== undefined) return failed(trouble)
      const ended = await envelope.end()
      if (!ended.ok) return giveUp(ended.failure)
      const verdict = await examine()
      if (!verdict.ok) return giveUp(verdict.failure)
      const committed = await draft.commit()
      return committed.ok ? committed : giveUp(committed.failure)
    },
    async abort() {
      if (trouble === undefined) await giveUp(queueFailure(exit.readError, 'aborted'))
    },
  }
}

function receivedLine(submitter: Submitter, known: KnownUsers, nowMs: number): Uint8Array {
  return bytesOf(
    `Received: (qmail ${submitter.qp} invoked ${invoked(submitter.uid, known)}); ${headerDate(nowMs)}\n`,
  )
}

function invoked(uid: number, known: KnownUsers): string {
  if (uid === known.alias) return 'by alias'
  if (uid === known.qmaild) return 'from network'
  if (uid === known.qmails) return 'for bounce'
  return `by uid ${uid}`
}
