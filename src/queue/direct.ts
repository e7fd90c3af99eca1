/**
 * The Submission port straight to the store, in the process of a caller that may write the queue. The same openIntake() as behind the
 * descriptors and behind the socket; the contract suite runs over all three.
 */
import { encodeEnvelope, mustBeHonoured } from '../../lib/envelope/wire.ts'
import { failed, ok } from '../../lib/failure/failure.ts'
import { cannotHonour, exit, type QueueFailure } from '../../lib/queue/exitcode.ts'
import type { OpenSubmission } from '../../lib/queue/submission.ts'
import { type Intaking, openIntake, type Submitter } from './queue.ts'

export function submitToStore(intaking: Intaking, submitter: Submitter): OpenSubmission {
  return async (facts) => {
    const opened = await openIntake(intaking, submitter, facts)
    if (!opened.ok) return opened
    const intake = opened.value
    let trouble: QueueFailure | undefined
    let over = false
    return ok({
      async write(bytes) {
        const written = await intake.message(bytes)
        if (!written.ok) trouble ??= written.failure
      },
      async commit(envelope) {
        over = true
        if (trouble !== undefined) return failed(trouble)
        const written = await intake.envelope(encodeEnvelope(envelope))
        if (!written.ok) {
          const isUnknown = written.failure.code === exit.envelopeFormat && mustBeHonoured(envelope)
          return isUnknown ? failed(cannotHonour()) : written
        }
        const finished = await intake.finish()
        return finished.ok ? ok({ qp: submitter.qp }) : finished
      },
      async abort() {
        if (!over) await intake.abort()
        over = true
      },
    })
  }
}
