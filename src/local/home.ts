/**
 * The home directory before anything is read from it: it must be there, others may not write it, and its owner can stop
 * deliveries by the sticky bit while he edits. Everything is "later". qmail-local(8).
 */
import { statSync } from 'node:fs'
import { pathOf } from '../../lib/bytes/bytes.ts'
import { errorText } from '../../lib/failure/errno.ts'
import { failed, ok, type Result, temporary } from '../../lib/failure/failure.ts'
import type { Job } from './job.ts'

const OTHERS_MAY_WRITE = 0o002
const STICKY = 0o1000

export function checkHome(job: Job): Result<{ readonly isSticky: boolean }> {
  try {
    // The dot asks for the right to enter, which every later step needs.
    const { mode } = statSync(pathOf(`${job.home}/.`))
    if ((mode & OTHERS_MAY_WRITE) !== 0) {
      return failed(temporary('7.0', 'Uh-oh: home directory is writable.'))
    }
    return ok({ isSticky: (mode & STICKY) !== 0 })
  } catch (error) {
    return failed(temporary('3.0', `Unable to switch to ${job.home}: ${errorText(error)}.`, error))
  }
}
