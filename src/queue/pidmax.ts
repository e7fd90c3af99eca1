/**
 * Where the queue's own numbers begin: above every process id, so that a `qp` in the logs is never ambiguous.
 */
import { readFileSync } from 'node:fs'

/** The largest that 64-bit Linux can be set to. */
const LARGEST_PID = 4_194_304

export function pidMax(): number {
  try {
    const number = Number.parseInt(readFileSync('/proc/sys/kernel/pid_max', 'latin1'), 10)
    return Number.isSafeInteger(number) && number > 0 ? number : LARGEST_PID
  } catch {
    return LARGEST_PID
  }
}
