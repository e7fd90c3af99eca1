/** Zero the table of hosts that did not answer, in place and under its lock, since remotes may write it. qmail-tcpok(8): tcpok.8.md */
import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs'
import { errorText } from '../../lib/failure/errno.ts'
import { TABLE_BYTES } from '../../lib/queue/tcpto.ts'

/** Why not; undefined when the table is 1024 zero bytes. `lock` is false when it could not be had in time. */
export async function clearTable(
  path: string,
  lock: (fd: number) => Promise<boolean>,
): Promise<string | undefined> {
  let doing = 'write'
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
    try {
      doing = 'lock'
      if (!(await lock(fd))) return 'unable to lock queue/lock/tcpto: timed out'
      doing = 'clear'
      writeSync(fd, Buffer.alloc(TABLE_BYTES), 0, TABLE_BYTES, 0)
      ftruncateSync(fd, TABLE_BYTES)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    return `unable to ${doing} queue/lock/tcpto: ${errorText(error)}`
  }
  return undefined
}
