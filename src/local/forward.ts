/**
 * Forward lines: one new message for all of them, given to the queue when everything else is done. Its bytes are the
 * Delivered-To line and the message; the recipients see no Return-Path of ours.
 */
import { type ByteString, bytesOf } from '../../lib/bytes/bytes.ts'
import { failed, type Result } from '../../lib/failure/failure.ts'
import { exit, type QueueFailure, queueFailure, queueText } from '../../lib/queue/exitcode.ts'
import type { OpenSubmission, Queued, Submission } from '../../lib/queue/submission.ts'
import { type Message, withHead } from './message.ts'
import type { SpokenFailure } from './outcome.ts'

export interface Forward {
  readonly message: Message
  /** The Delivered-To line. */
  readonly head: ByteString
  readonly sender: ByteString
  readonly recipients: readonly ByteString[]
}

export async function forwardMessage(
  forward: Forward,
  openSubmission: OpenSubmission,
): Promise<Result<Queued, SpokenFailure>> {
  const opened = await openSubmission()
  const queued = opened.ok ? await submit(forward, opened.value) : opened
  return queued.ok ? queued : failed(spoken(queued.failure))
}

async function submit(forward: Forward, submission: Submission): Promise<Result<Queued, QueueFailure>> {
  try {
    for await (const chunk of withHead(bytesOf(forward.head), forward.message)) await submission.write(chunk)
  } catch (error) {
    await submission.abort()
    return failed(queueFailure(exit.readError, error))
  }
  return submission.commit({ sender: forward.sender, recipients: forward.recipients })
}

function spoken(failure: QueueFailure): SpokenFailure {
  const text = `Unable to forward message: ${queueText(failure)}.`
  return { retry: failure.retry, subject: failure.subject, text, isComplete: true, cause: failure }
}
