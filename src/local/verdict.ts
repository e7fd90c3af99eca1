/**
 * What the end of a program means for the delivery. Unknown codes are "later", and so are the codes that mean "not found" to
 * a shell: a program that is being replaced must not bounce mail. Pure. qmail-command(8), EXIT CODES.
 */
import { failed, ok, type Result, temporary } from '../../lib/failure/failure.ts'
import type { Exit } from '../../lib/exec/start.ts'
import type { SpokenFailure } from './outcome.ts'

/** `stop`: delivered, and the lines that follow do not count. */
export type Verdict = 'next' | 'stop'

/** 100 is qmail's; the others are those of sysexits.h that will not get better, and 112. */
const never: ReadonlySet<number> = new Set([100, 64, 65, 70, 76, 77, 78, 112])

export function verdictOf(exit: Exit): Result<Verdict> {
  if (exit.is === 'signal') return failed(temporary('3.0', 'Aack, child crashed.', exit.signal))
  if (exit.code === 0) return ok('next')
  if (exit.code === 99) return ok('stop')
  const failure: SpokenFailure = {
    retry: never.has(exit.code) ? 'never' : 'later',
    subject: '3.0',
    // What the program printed is the whole text.
    text: '',
    isComplete: true,
  }
  return failed(failure)
}
