/**
 * The search for a local part among the system's accounts: the longest prefix that is somebody with a home of his own; nobody
 * found is alias. qmail-getpw(8). Pure: the accounts and the owners of homes are asked through functions.
 */
import { type ByteString, lowerAscii } from '../bytes/bytes.ts'
import { isTemporary } from '../failure/errno.ts'
import { type Failure, failed, type Result, temporary } from '../failure/failure.ts'
import type { Assignment } from './assignment.ts'

/** A system account, its texts as bytes. */
export interface AccountEntry {
  readonly name: ByteString
  readonly uid: number
  readonly gid: number
  readonly home: ByteString
}

export interface Accounts {
  /** The account of that name; undefined when there is none. Trouble is thrown. */
  byName(name: ByteString): AccountEntry | undefined
  /** Who owns what is there. Trouble, also that nothing is there, is thrown. */
  ownerOf(path: ByteString): number
}

/** With qmail-getpw's exit code, which lspawn turns into its report. */
export interface GetpwFailure extends Failure {
  readonly code: 115 | 116 | 118
}

/** Between user and extension. */
const BREAK = '-'
/** Longer prefixes are no account's name. */
const NAME_BYTES = 31

/** Who gets the mail of that local part. */
export function findAccount(accounts: Accounts, local: ByteString): Result<Assignment, GetpwFailure> {
  try {
    for (const length of prefixLengths(local)) {
      const account = accounts.byName(lowerAscii(local.slice(0, length)))
      if (account === undefined || account.uid === 0 || !ownsHome(accounts, account)) continue
      const isWhole = length === local.length
      return assigned(account, isWhole ? '' : BREAK, local.slice(length + 1))
    }
    const alias = accounts.byName('alias')
    return alias === undefined ? refused(116, 'unable to find alias user') : assigned(alias, BREAK, local)
  } catch (error) {
    // The original takes most troubles of the account database for "no such user", which bounces mail. We try again later.
    if (error instanceof HomeTrouble) return refused(115, 'unable to look at home directory', error.cause)
    return refused(118, 'unable to look up accounts', error)
  }
}

/** The lengths at which a user's name may end: the whole, then before each break character, the longest first. */
function* prefixLengths(local: ByteString): Generator<number, void, void> {
  if (local.length > 0 && local.length <= NAME_BYTES) yield local.length
  for (let length = Math.min(local.length - 1, NAME_BYTES); length > 0; length -= 1)
    if (local.charAt(length) === BREAK) yield length
}

class HomeTrouble extends Error {}

function ownsHome(accounts: Accounts, account: AccountEntry): boolean {
  try {
    return accounts.ownerOf(account.home) === account.uid
  } catch (error) {
    // A home on a server that is down is not the same as no home.
    if (isTemporary(error)) throw new HomeTrouble('stat', { cause: error })
    return false
  }
}

function assigned(
  account: AccountEntry,
  dash: ByteString,
  ext: ByteString,
): Result<Assignment, GetpwFailure> {
  const { name, uid, gid, home } = account
  return { ok: true, value: { user: name, uid, gid, home, dash, ext } }
}

function refused(code: GetpwFailure['code'], text: string, cause?: unknown) {
  return failed({ ...temporary('3.0', text, cause), code })
}
