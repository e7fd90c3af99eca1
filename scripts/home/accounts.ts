/**
 * Under which users a home's programs run and who owns its files: as users-ids(5) says. Root on a machine without qmail's accounts
 * writes numbers of ours into HOME/users/ids, so that the walls are real without adding accounts. Called by home.ts.
 */
import { existsSync } from 'node:fs'
import { accountByName, groupByName } from '../../lib/os/os.ts'
import { readIds } from '../../lib/users/by-file.ts'
import { type Id, type Ids, roles } from '../../lib/users/ids.ts'
import { Hindrance, directory, file } from './place.ts'

export type { Id }

export interface Accounts extends Ids {
  /** Who runs the installer, and owns what the suite's users only read. */
  readonly self: Id
  /** The sample mailbox's; not root's where there is a choice. */
  readonly you: Id
}

/**
 * The upper end of what Debian gives to people's accounts (1000 to 59999), where nobody is; below 65536, so that the numbers exist in
 * a container too.
 */
const first = 59900
const you: Id = { uid: first + 99, gid: first + 99 }

const numbers = `# Numbers for a machine without qmail's accounts: see lib/users/ids.5.md.
alias:${first + 2}:${first + 1}
qmaild:${first + 3}:${first + 1}
qmaill:${first + 4}:${first + 1}
qmailp:${first + 5}:${first + 1}
qmailq:${first + 6}:${first}
qmailr:${first + 7}:${first}
qmails:${first + 8}:${first}
qmail::${first}
nofiles::${first + 1}
`

export function accountsOf(home: string): Accounts {
  const self: Id = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 }
  if (self.uid === 0 && !existsSync(`${home}/users/ids`) && !hasSystemAccounts()) {
    directory(`${home}/users`, 0o755, self)
    file(`${home}/users/ids`, numbers, 0o644, self)
  }
  const ids = readIds(home, self)
  if (!ids.ok) throw new Hindrance(`${home}: ${ids.failure.text}`)
  return { ...ids.value, self, you: self.uid === 0 ? you : self }
}

function hasSystemAccounts(): boolean {
  return (
    roles.every((role) => accountByName(role) !== undefined) &&
    groupByName('qmail') !== undefined &&
    groupByName('nofiles') !== undefined
  )
}
