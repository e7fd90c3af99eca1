/**
 * Which process is send: the one that holds the flock on its mutex, as the kernel tells it (/proc/locks). So it is found under any
 * name, ours or the original, and never mistaken for another. proc(5)
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'

/** Undefined: nobody, or a process that cannot be seen from here (of another container, or another user's). */
export function holderOf(path: string): number | undefined {
  const { dev, ino } = statSync(path)
  return flockHolders(readFileSync('/proc/locks', 'latin1'), ino).find((pid) => hasOpen(pid, dev, ino))
}

/** `1: FLOCK  ADVISORY  WRITE 1234 fd:00:5678 0 EOF`; lines with `->` only wait. */
export function flockHolders(locks: string, inode: number): readonly number[] {
  const held = /^\d+: FLOCK +\S+ +WRITE (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /gm
  return [...locks.matchAll(held)]
    .filter(([, pid, ino]) => Number(ino) === inode && Number(pid) > 0)
    .map(([, pid]) => Number(pid))
}

/** The kernel's list names a device in a way that stat(2) need not share: so the process is asked. */
function hasOpen(pid: number, dev: number, ino: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const found = statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false })
      return found?.dev === dev && found.ino === ino
    })
  } catch {
    return false
  }
}
