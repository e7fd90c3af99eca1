/**
 * Who is who: the accounts that the programs of the suite run as, and own files as, and the file users/ids that may name them by
 * number. users-ids(5), ids.5.md. Pure; by-file.ts asks the home and the system.
 */
import type { ByteString } from '../bytes/bytes.ts'
import { failed, ok, type Result, temporary } from '../failure/failure.ts'

export interface Id {
  readonly uid: number
  readonly gid: number
}

/** qmail's accounts, and the two groups by their number. */
export interface Ids {
  readonly alias: Id
  readonly qmaild: Id
  readonly qmaill: Id
  readonly qmailp: Id
  readonly qmailq: Id
  readonly qmailr: Id
  readonly qmails: Id
  readonly qmail: number
  readonly nofiles: number
}

export const roles = ['alias', 'qmaild', 'qmaill', 'qmailp', 'qmailq', 'qmailr', 'qmails'] as const
export type Role = (typeof roles)[number]

const groups = ['qmail', 'nofiles'] as const
type Group = (typeof groups)[number]

/** 2^32 - 1 is "no id" to the system calls. */
const LARGEST_ID = 0xffff_fffe

/**
 * What users/ids says. Strict, because a line that is not understood would leave a wall where the wrong user stands.
 */
export function parseIds(content: ByteString): Result<Ids> {
  const found: Partial<Record<Role, Id>> = {}
  const numbers: Partial<Record<Group, number>> = {}
  for (const [index, line] of content.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue
    const [name = '', uid = '', gid = '', ...more] = line.split(':')
    const role = roles.find((one) => one === name)
    const group = groups.find((one) => one === name)
    const gidNumber = idOf(gid)
    const uidNumber = idOf(uid)
    const isUnderstood = more.length === 0 && gidNumber !== undefined
    if (isUnderstood && role !== undefined && uidNumber !== undefined)
      found[role] ??= { uid: uidNumber, gid: gidNumber }
    else if (isUnderstood && group !== undefined && uid === '') numbers[group] ??= gidNumber
    else return failed(temporary('3.0', `bad format in users/ids, line ${index + 1}`))
  }
  const missing = roles.find((role) => found[role] === undefined)
  if (missing !== undefined) return failed(temporary('3.0', `unable to find user ${missing}`))
  const ids = found as Record<Role, Id>
  return ok({ ...ids, qmail: numbers.qmail ?? ids.qmailq.gid, nofiles: numbers.nofiles ?? ids.alias.gid })
}

/** Decimal digits that name an id other than root's. */
function idOf(digits: string): number | undefined {
  if (!/^[0-9]{1,10}$/.test(digits)) return undefined
  const id = Number(digits)
  return id === 0 || id > LARGEST_ID ? undefined : id
}
