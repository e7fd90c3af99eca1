/**
 * Local deliveries for send: whose mailbox an address is, then one qmail-local as that user. Called by main, carried out by
 * lib/delivery. Never as root, whatever users/cdb says. qmail-lspawn(8), qmail-users(5).
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { Report } from '../../lib/delivery/delivery.ts'
import type { Execution, Invocation } from '../../lib/delivery/execution.ts'
import type { Environment } from '../../lib/program/run.ts'
import type { Assignment } from '../../lib/users/assignment.ts'
import { code, LocalOutcome, reportOfCode } from './outcome.ts'

export interface Local {
  /** Path of qmail-local. */
  readonly program: ByteString
  readonly env: Environment
  /** qmail's home: where qmail-local starts. */
  readonly home: ByteString
  /** The default delivery instruction. */
  readonly aliasEmpty: ByteString
  /** Does the child take on the mailbox's user? Only root can let it; else all runs as the one user. */
  readonly changesUser: boolean
  readonly openMessage: Execution['openMessage']
  /** By the part of the address before the last @, which is not empty; or one of qmail-lspawn's exit codes. */
  readonly findMailbox: (local: ByteString) => Promise<Assignment | number>
}

export function localExecution(local: Local): Execution {
  return {
    openMessage: local.openMessage,
    async invocation(sender, recipient) {
      const at = recipient.lastIndexOf('@')
      const mailbox = recipient.slice(0, at)
      // The trash address: whatever is sent there has arrived.
      if (mailbox === '') return { letter: 'K', text: '' }
      const found = await local.findMailbox(mailbox)
      if (typeof found === 'number') return reportOfCode(found)
      if (found.uid === 0) return reportOfCode(code.root)
      return invocationOf(local, found, { mailbox, host: recipient.slice(at + 1), sender })
    },
    outcome: () => new LocalOutcome(),
    unstarted: (): Report => reportOfCode(code.noLocal),
  }
}

interface Address {
  readonly mailbox: ByteString
  readonly host: ByteString
  readonly sender: ByteString
}

function invocationOf(local: Local, found: Assignment, { mailbox, host, sender }: Address): Invocation {
  const { user, uid, gid, home, dash, ext } = found
  return {
    program: local.program,
    args: ['--', user, home, mailbox, dash, ext, host, sender, local.aliasEmpty],
    env: local.env,
    cwd: local.home,
    ...(local.changesUser && { id: { uid, gid } }),
  }
}
