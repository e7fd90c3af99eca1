/**
 * Bounce the message with a text of the owner's, always or if a program says so. Pure. bouncesaying(8).
 */
import type { Exit } from '../../lib/exec/start.ts'
import { failed, ok, type Result, temporary } from '../../lib/failure/failure.ts'

/** Does the end of the program say that the message is to bounce? Only 111 and a crash leave it open. */
export function condition(exit: Exit): Result<boolean> {
  if (exit.is === 'signal') return failed(temporary('3.0', 'child crashed', exit.signal))
  if (exit.code === 111) return failed(temporary('3.0', 'temporary child error'))
  return ok(exit.code === 0)
}
