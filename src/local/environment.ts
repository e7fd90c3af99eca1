/**
 * The environment of the programs that a .qmail file starts: what they may know of the delivery, over what was inherited. Pure.
 * qmail-command(8), ENVIRONMENT VARIABLES.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { Environment } from '../../lib/program/run.ts'
import { deliveredTo, fromLine, returnPath } from './headline.ts'
import { type Job, recipientOf } from './job.ts'

export interface Particulars {
  readonly inherited: Environment
  readonly newSender: ByteString
  /** What of the extension `default` in the name of the .qmail file stands for, if the name has it. */
  readonly matchedDefault: ByteString | undefined
  /** When the delivery began, in milliseconds since the epoch. */
  readonly nowMs: number
}

export function environmentOf(job: Job, particulars: Particulars): Environment {
  const { inherited, newSender, matchedDefault, nowMs } = particulars
  const host2 = beforeLastDot(job.domain)
  const host3 = beforeLastDot(host2)
  const ext2 = afterFirstDash(job.ext)
  const ext3 = afterFirstDash(ext2)
  return {
    ...inherited,
    SENDER: job.sender,
    NEWSENDER: newSender,
    RECIPIENT: recipientOf(job),
    USER: job.user,
    HOME: job.home,
    HOST: job.domain,
    HOST2: host2,
    HOST3: host3,
    HOST4: beforeLastDot(host3),
    LOCAL: job.local,
    EXT: job.ext,
    EXT2: ext2,
    EXT3: ext3,
    EXT4: afterFirstDash(ext3),
    DEFAULT: matchedDefault,
    DTLINE: deliveredTo(job),
    RPLINE: returnPath(job),
    UFLINE: fromLine(job, nowMs),
  }
}

function beforeLastDot(host: ByteString): ByteString {
  const dot = host.lastIndexOf('.')
  return dot === -1 ? host : host.slice(0, dot)
}

function afterFirstDash(ext: ByteString): ByteString {
  const dash = ext.indexOf('-')
  return dash === -1 ? '' : ext.slice(dash + 1)
}
