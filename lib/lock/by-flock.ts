/**
 * Wait for an exclusive flock(2) without holding up anybody else: a blocking call would stop the event loop, so the lock is
 * tried again and again. Called for every mbox and for qmail's lock/tcpto. It is flock and not fcntl, because that is what
 * qmail's programs and the readers of its mailboxes take.
 */
import { tryLock } from '../os/os.ts'

/** Pauses between two tries: short at first, since most holders are done in milliseconds. */
const SHORTEST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 40

/**
 * True when the lock is ours; it ends when the last descriptor of the open file is closed. False when somebody else held it
 * for all of `timeoutSeconds` (0: one try). Throws a SystemError where the file cannot be locked at all.
 */
export async function lockWithin(fd: number, timeoutSeconds: number): Promise<boolean> {
  const deadline = performance.now() + timeoutSeconds * 1000
  let pause = SHORTEST_PAUSE_MS
  while (!tryLock(fd)) {
    const left = deadline - performance.now()
    if (left <= 0) return false
    await sleep(Math.min(pause, left))
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
  }
  return true
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms))
}
