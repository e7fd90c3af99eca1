/**
 * What a delivery says when it ends: the exit code that qmail-lspawn knows, and what goes to descriptors 1 and 2. Pure. A failure is
 * put into qmail's words here and nowhere else.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { exitCode, type Failure, status } from '../../lib/failure/failure.ts'
import type { Instruction } from './instruction.ts'

export interface Outcome {
  readonly code: 0 | 100 | 111
  readonly stdout: ByteString
  readonly stderr: ByteString
}

/** A failure whose text is complete as it stands; empty where a program has said it all. */
export interface SpokenFailure extends Failure {
  readonly isComplete: true
}

/** Files, forwards and programs are counted; `qp` is the queue's number of the forwarded message. */
export function success(followed: readonly Instruction[], qp?: number): Outcome {
  const count = (...kinds: readonly Instruction['is'][]): number =>
    followed.filter(({ is }) => kinds.includes(is)).length
  const did = `did ${count('mbox', 'maildir')}+${count('forward')}+${count('program')}\n`
  return { code: 0, stdout: qp === undefined ? did : `${did}qp ${qp}\n`, stderr: '' }
}

export function failure(failure: Failure | SpokenFailure): Outcome {
  return { code: exitCode(failure), stdout: '', stderr: textOf(failure) }
}

function textOf(failure: Failure | SpokenFailure): ByteString {
  if ('isComplete' in failure) return failure.text === '' ? '' : `${failure.text}\n`
  return `${failure.text} (#${status(failure)})\n`
}
