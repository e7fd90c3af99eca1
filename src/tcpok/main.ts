/**
 * tcpok: forget which hosts did not answer. Run by people after the network was down, as root or as the user of remote. Manual:
 * tcpok.8.md
 */
import { lockWithin } from '../../lib/lock/by-flock.ts'
import { run } from '../../lib/program/run.ts'
import { clearTable } from './tcpok.ts'

/** remote holds the lock for one write: who cannot get it for so long waits for somebody who is stuck. */
const LOCK_SECONDS = 30

run('tcpok', async (system) => {
  const trouble = await clearTable(`${system.home}/queue/lock/tcpto`, (fd) => lockWithin(fd, LOCK_SECONDS))
  return trouble === undefined ? 0 : system.complain(`fatal: ${trouble}`, 111)
})
