/**
 * Remote deliveries for send: each is one qmail-remote with `host sender recipient`. Called by main, carried out by lib/delivery.
 * qmail-rspawn(8).
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { Execution } from '../../lib/delivery/execution.ts'
import { isTemporary } from '../../lib/failure/errno.ts'
import type { Environment } from '../../lib/program/run.ts'
import { RemoteOutcome } from './outcome.ts'

export interface Remote {
  /** A path, or a name that is looked for in PATH. */
  readonly program: ByteString
  readonly env: Environment
  readonly openMessage: Execution['openMessage']
}

export function remoteExecution({ program, env, openMessage }: Remote): Execution {
  return {
    openMessage,
    async invocation(sender, recipient) {
      const host = recipient.slice(recipient.lastIndexOf('@') + 1)
      return { program, args: [host, sender, recipient], env }
    },
    outcome: () => new RemoteOutcome(),
    // qmail's rule, kept though it bounces when the program is missing: the exit codes 111 and 100 mean the same.
    unstarted: ({ cause }) => ({
      letter: isTemporary(cause) ? 'Z' : 'D',
      text: 'Unable to run qmail-remote.\n',
    }),
  }
}
