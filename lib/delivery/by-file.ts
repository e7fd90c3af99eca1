/**
 * The message of a delivery as an open file: what both spawners check before any program sees it. The owner counts most: only
 * the queue's user can have made the file, so nobody can have a file of his choice delivered. qmail-lspawn(8).
 */
import { closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs'
import type { ByteString } from '../bytes/bytes.ts'
import type { Report } from './delivery.ts'

const later = (text: ByteString): Report => ({ letter: 'Z', text })

/**
 * Opens `<directory>/<messid>` read-only at its beginning. The directory is queue/mess, the owner the uid of the queue's user. The
 * messid must have been checked (refusalOf of lib/spawn): it is used as a path.
 */
export function messageOpener(directory: string, owner: number): (messid: ByteString) => number | Report {
  return (messid) => {
    let fd: number
    try {
      // O_NONBLOCK: a FIFO in the place of the message must not stop all other deliveries.
      fd = openSync(`${directory}/${messid}`, constants.O_RDONLY | constants.O_NONBLOCK)
    } catch {
      return later('qmail-spawn unable to open message. (#4.3.0)\n')
    }
    const complaint = complaintAbout(fd, owner)
    if (complaint === undefined) return fd
    closeSync(fd)
    return later(complaint)
  }
}

function complaintAbout(fd: number, owner: number): ByteString | undefined {
  let stats: Stats
  try {
    stats = fstatSync(fd)
  } catch {
    return 'qmail-spawn unable to fstat message. (#4.3.0)\n'
  }
  if (!stats.isFile()) return 'Sorry, message has wrong type. (#4.3.5)\n'
  if (stats.uid !== owner) return 'Sorry, message has wrong owner. (#4.3.5)\n'
  return undefined
}
