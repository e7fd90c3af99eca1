/**
 * The opposite of a program's answer, as an exit code for a .qmail line. Pure. except(8).
 */
import type { Exit } from '../../lib/exec/start.ts'
import { failed, ok, type Result, temporary } from '../../lib/failure/failure.ts'

/** 0 where the program failed, 100 where it succeeded; what it left open stays open. */
export function opposite(exit: Exit): Result<0 | 100> {
  if (exit.is === 'signal') return failed(temporary('3.0', 'child crashed', exit.signal))
  if (exit.code === 111) return failed(temporary('3.0', 'temporary child error'))
  return ok(exit.code === 0 ? 100 : 0)
}
