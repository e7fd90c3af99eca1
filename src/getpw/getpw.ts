/** The work of getpw: one local part in, one assignment out, or an exit code that lspawn turns into a report. Manual: getpw.8.md */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { formatAssignment } from '../../lib/users/assignment.ts'
import { type Accounts, findAccount } from '../../lib/users/getpw.ts'

const USAGE = 100

export function getpw(
  argv: readonly ByteString[],
  accounts: Accounts,
  print: (text: ByteString) => void,
): number {
  const [local] = argv
  if (local === undefined) return USAGE
  const found = findAccount(accounts, local)
  if (!found.ok) return found.failure.code
  print(formatAssignment(found.value))
  return 0
}
