/**
 * Send the message on to other addresses, from inside a .qmail file: with the sender that local chose for forwards, and
 * local's Delivered-To line in front, so that a loop is found. forward(8).
 */
import { type ByteString, bytesOf } from '../../lib/bytes/bytes.ts'
import { errorText } from '../../lib/failure/errno.ts'
import { failed, permanent, type Result, temporary } from '../../lib/failure/failure.ts'
import type { Environment } from '../../lib/program/run.ts'
import { queueText } from '../../lib/queue/exitcode.ts'
import type { OpenSubmission, Queued } from '../../lib/queue/submission.ts'

export interface Forward {
  readonly addresses: readonly ByteString[]
  readonly env: Environment
  /** The message, to be read once. */
  readonly message: AsyncIterable<Uint8Array>
  readonly openSubmission: OpenSubmission
}

export async function forwardMessage(forward: Forward): Promise<Result<Queued>> {
  const sender = forward.env['NEWSENDER']
  const head = forward.env['DTLINE']
  if (sender === undefined) return failed(permanent('3.5', 'NEWSENDER not set'))
  if (head === undefined) return failed(permanent('3.5', 'DTLINE not set'))
  const opened = await forward.openSubmission()
  if (!opened.ok) return failed({ ...opened.failure, text: queueText(opened.failure) })
  const submission = opened.value
  try {
    await submission.write(bytesOf(head))
    for await (const chunk of forward.message) await submission.write(chunk)
  } catch (error) {
    await submission.abort()
    return failed(temporary('3.0', `unable to read message: ${errorText(error)}`, error))
  }
  const queued = await submission.commit({ sender, recipients: forward.addresses })
  return queued.ok ? queued : failed({ ...queued.failure, text: queueText(queued.failure) })
}
