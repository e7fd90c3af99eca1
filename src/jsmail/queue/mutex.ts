/**
 * send's mutex, queue/lock/sendmutex. Who holds it may change whatever send keeps in memory; while send runs (ours or the original) it
 * holds it, and only what send reads anew at each attempt may be changed.
 */
import { closeSync, openSync } from 'node:fs'
import { tryLock } from '../../../lib/os/os.ts'

export interface Mutex {
  release(): void
}

/** Undefined: send runs. Throws the system's error when there is no mutex to ask. */
export function holdMutex(path: string): Mutex | undefined {
  const fd = openSync(path, 'r+')
  if (tryLock(fd)) return { release: () => closeSync(fd) }
  closeSync(fd)
  return undefined
}
