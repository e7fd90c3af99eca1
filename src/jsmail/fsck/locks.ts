/**
 * Whoever mends a queue has it to himself: he holds the mutex of send and the lock of the resident queue, so that neither runs nor can
 * start. A send whose mutex was removed still has it open, and counts.
 */
import { closeSync, openSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { errnoOf } from '../../../lib/failure/errno.ts'
import { tryLock } from '../../../lib/os/os.ts'

export interface Locks {
  release(): void
}

/** The locks, or who has one of them. `home`: its path. Throws the system's error. */
export function holdLocks(home: string): Locks | 'send' | 'queue' {
  const held: number[] = []
  // As /proc shows it.
  const real = realpathSync(home)
  const release = (): void => held.forEach((fd) => closeSync(fd))
  for (const [who, path] of [
    ['send', `${real}/queue/lock/sendmutex`],
    ['queue', `${real}/submit/lock`],
  ] as const) {
    const fd = openIfThere(path)
    if (fd !== undefined) held.push(fd)
    const isFree = fd === undefined ? !isOpenSomewhere(path) : tryLock(fd)
    if (isFree) continue
    release()
    return who
  }
  return { release }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r+')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errnoOf(error))) return undefined
    throw error
  }
}

function isOpenSomewhere(path: string): boolean {
  const pids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))
  return pids.some((pid) => {
    try {
      const directory = `/proc/${pid}/fd`
      return readdirSync(directory).some((fd) => readlinkSync(`${directory}/${fd}`) === `${path} (deleted)`)
    } catch {
      return false
    }
  })
}
