/**
 * Memory and processor time of a server: of its first processes and all beneath them, read from /proc. Memory is PSS, so that shared
 * pages count once; processor time includes children that have ended and were waited for.
 */
import { readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

export function processTree(pids: readonly number[]): readonly number[] {
  return pids.flatMap((pid) => [pid, ...processTree(childrenOf(pid))])
}

function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`)
    .trim()
    .split(' ')
    .filter((child) => child !== '')
    .map(Number)
}

/** Megabytes. */
export function memoryOf(pids: readonly number[]): number {
  const kibibytes = processTree(pids).map((pid) =>
    Number(/^Pss: +(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0),
  )
  return kibibytes.reduce((sum, each) => sum + each, 0) / 1024
}

/** Seconds. */
export function processorTimeOf(pids: readonly number[]): number {
  const ticks = processTree(pids).flatMap((pid) => {
    const stat = read(`/proc/${pid}/stat`)
    return stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15)
      .map(Number)
  })
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_PER_SECOND
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
