/**
 * Redirect the message if a program says so, from inside a .qmail file. Unlike a forward it keeps its sender: it is the same message, for
 * somebody else. condredirect(8).
 */
import { type ByteString, bytesOf } from '../../lib/bytes/bytes.ts'
import type { Exit } from '../../lib/exec/start.ts'
import { errorText } from '../../lib/failure/errno.ts'
import { failed, ok, permanent, type Result, temporary } from '../../lib/failure/failure.ts'
import type { Environment } from '../../lib/program/run.ts'
import { queueText } from '../../lib/queue/exitcode.ts'
import type { OpenSubmission, Queued } from '../../lib/queue/submission.ts'

/** Does the end of the program say that the message is to be redirected? Only 111 and a crash leave it open. */
export function condition(exit: Exit): Result<boolean> {
  if (exit.is === 'signal') return failed(temporary('3.0', 'child crashed', exit.signal))
  if (exit.code === 111) return failed(temporary('3.0', 'temporary child error'))
  return ok(exit.code === 0)
}

export interface Redirection {
  readonly address: ByteString
  readonly env: Environment
  /** The message from its first byte, to be read once. */
  readonly message: AsyncIterable<Uint8Array>
  readonly openSubmission: OpenSubmission
}

export async function redirect(redirection: Redirection): Promise<Result<Queued>> {
  const sender = redirection.env['SENDER']
  const head = redirection.env['DTLINE']
  if (sender === undefined) return failed(permanent('3.5', 'SENDER not set'))
  if (head === undefined) return failed(permanent('3.5', 'DTLINE not set'))
  const opened = await redirection.openSubmission()
  if (!opened.ok) return failed({ ...opened.failure, text: queueText(opened.failure) })
  const submission = opened.value
  try {
    await submission.write(bytesOf(head))
    for await (const chunk of redirection.message) await submission.write(chunk)
  } catch (error) {
    await submission.abort()
    return failed(temporary('3.0', `unable to read message: ${errorText(error)}`, error))
  }
  const queued = await submission.commit({ sender, recipients: [redirection.address] })
  return queued.ok ? queued : failed({ ...queued.failure, text: queueText(queued.failure) })
}
