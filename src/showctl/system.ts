/**
 * What of a mail system is no control file: its place, the constants that other programs of a qmail share with ours, and the accounts by
 * number. The labels are qmail-showctl's, which programs look for. Pure. showctl.8.md
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { SPLIT } from '../../lib/queue/paths.ts'
import { CAPACITY } from '../../lib/spawn/command.ts'
import type { Ids } from '../../lib/users/ids.ts'

/** conf-break: between a user and an extension. */
const BREAK = '-'
/** conf-patrn: nobody else may write a home or a .qmail file that mail is delivered by. */
const PATERNALISM = 0o002
const ROOT = 0

/** `ids`: the accounts, or why they are not known. */
export function describeSystem(home: ByteString, ids: Ids | string): string {
  return [
    `qmail home directory: ${home}.`,
    `user-ext delimiter: ${BREAK}.`,
    `paternalism (in decimal): ${PATERNALISM}.`,
    `silent concurrency limit: ${CAPACITY}.`,
    `subdirectory split: ${SPLIT}.`,
    `user ids: ${typeof ids === 'string' ? ids : userIds(ids)}.`,
    `group ids: ${typeof ids === 'string' ? ids : `${ids.nofiles}, ${ids.qmail}`}.`,
    '\n',
  ].join('\n')
}

/** In the order of qmail: alias, daemon, log, owner, passwd, queue, remote, send. */
function userIds({ alias, qmaild, qmaill, qmailp, qmailq, qmailr, qmails }: Ids): string {
  return [alias.uid, qmaild.uid, qmaill.uid, ROOT, qmailp.uid, qmailq.uid, qmailr.uid, qmails.uid].join(', ')
}
