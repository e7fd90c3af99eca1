/**
 * getpw: who among the system's accounts gets the mail of a local part. Started by lspawn, as a user without privileges, for local
 * parts that users/cdb does not know. Manual: getpw.8.md
 */
import { bytesOf, fromText } from '../../lib/bytes/bytes.ts'
import { writeDescriptor } from '../../lib/program/descriptor.ts'
import { run, type System } from '../../lib/program/run.ts'
import { readIds } from '../../lib/users/by-file.ts'
import { systemAccounts } from '../../lib/users/by-system.ts'
import type { AccountEntry, Accounts } from '../../lib/users/getpw.ts'
import { getpw } from './getpw.ts'

run('getpw', (system) => getpw(system.argv, accounts(system), (text) => writeDescriptor(1, bytesOf(text))))

/** The system's, and alias as the home knows it where the system has no account of that name. */
function accounts(system: System): Accounts {
  const byName = (name: string): AccountEntry | undefined =>
    systemAccounts.byName(name) ?? (name === 'alias' ? aliasOfHome(system) : undefined)
  return { ...systemAccounts, byName }
}

function aliasOfHome({ home, uid, gid }: System): AccountEntry | undefined {
  const ids = readIds(home, { uid, gid })
  return ids.ok ? { name: 'alias', ...ids.value.alias, home: fromText(`${home}/alias`) } : undefined
}
