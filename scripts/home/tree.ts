/**
 * The directories of a home and its queue, with the owners and modes that the walls consist of: qmail's, and beside them submit/
 * (the queue's socket) and trace/ (one file for each user who writes events). Called by home.ts.
 */
import { roles } from '../../lib/users/ids.ts'
import type { Accounts } from './accounts.ts'
import { directory, fifo, file } from './place.ts'

/** conf-split of qmail: messages are spread over so many directories. */
const SPLIT = 23
/** lock/tcpto: 64 records of 16 bytes. */
const TCPTO_BYTES = 1024

export function makeTree(home: string, accounts: Accounts): void {
  const { self, qmail, alias, qmailq } = accounts
  const rootOfQmail = { uid: self.uid, gid: qmail }
  for (const name of ['bin', 'control', 'users']) directory(`${home}/${name}`, 0o755, rootOfQmail)
  directory(`${home}/alias`, 0o2755, { uid: alias.uid, gid: qmail })
  directory(`${home}/submit`, 0o755, { uid: qmailq.uid, gid: qmail })
  makeQueue(`${home}/queue`, accounts)
  makeTrace(`${home}/trace`, accounts)
}

function makeQueue(queue: string, { qmailq, qmails, qmailr, qmail }: Accounts): void {
  const queuer = { uid: qmailq.uid, gid: qmail }
  const sender = { uid: qmails.uid, gid: qmail }
  directory(queue, 0o750, queuer)
  for (const name of ['pid', 'intd']) directory(`${queue}/${name}`, 0o700, queuer)
  for (const name of ['todo', 'lock', 'mess']) directory(`${queue}/${name}`, 0o750, queuer)
  for (const name of ['bounce', 'info', 'local', 'remote']) directory(`${queue}/${name}`, 0o700, sender)
  for (let split = 0; split < SPLIT; split += 1) {
    directory(`${queue}/mess/${split}`, 0o750, queuer)
    for (const name of ['info', 'local', 'remote']) directory(`${queue}/${name}/${split}`, 0o700, sender)
  }
  file(`${queue}/lock/tcpto`, new Uint8Array(TCPTO_BYTES), 0o644, { uid: qmailr.uid, gid: qmail })
  file(`${queue}/lock/sendmutex`, '', 0o600, sender)
  fifo(`${queue}/lock/trigger`, 0o622, sender)
}

/** A program appends to the file of the user it runs as; no program of ours may make one. */
function makeTrace(trace: string, accounts: Accounts): void {
  directory(trace, 0o755, accounts.self)
  for (const id of [accounts.self, accounts.you, ...roles.map((role) => accounts[role])])
    file(`${trace}/${id.uid}`, '', 0o600, id)
}
