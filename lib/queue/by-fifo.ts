/**
 * Tell send that todo/ has something: one byte into lock/trigger. Any trouble is ignored, because send looks by itself
 * every 1,500 seconds. The FIFO is opened for each pull: an original qmail-send empties it by closing it, which works only
 * while no writer keeps it open. qmail-queue(8).
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs'

const NUL = Buffer.alloc(1)

/** `path` is the FIFO, as lock/trigger relative to the queue directory. */
export function pullTrigger(path: string): void {
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    try {
      writeSync(fd, NUL)
    } finally {
      closeSync(fd)
    }
  } catch {
    // No send is running, or the FIFO is missing or full.
  }
}

/** Many commits of one moment need one pull. */
export function gatheringTrigger(path: string): () => void {
  let due = false
  return () => {
    if (due) return
    due = true
    setImmediate(() => {
      due = false
      pullTrigger(path)
    })
  }
}
