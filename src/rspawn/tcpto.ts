/**
 * The table of hosts that did not answer is cleared when the spawner starts: what was unreachable before may be back. Called by main;
 * format in lib/queue/tcpto.ts. qmail-rspawn(8), FILES.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { TABLE_BYTES } from '../../lib/queue/tcpto.ts'

/** Zero the table. A missing or unwritable one is no trouble: remote does without as well. */
export function clearTable(path: string): void {
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    try {
      writeSync(fd, Buffer.alloc(TABLE_BYTES), 0, TABLE_BYTES, 0)
    } finally {
      closeSync(fd)
    }
  } catch {
    // Then it is not cleared.
  }
}
