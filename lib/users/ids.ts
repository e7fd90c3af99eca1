/**
 * Who is who: the accounts that the programs of the suite run as, and own files as. Asked once, at start, by each main that needs
 * it. Three sources, in this order, described in users-ids(5) (ids.5.md): the file HOME/users/ids; the system's accounts
 * with qmail's names; nobody special, when the one who runs this is neither root nor one of those.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type ByteString, byteString } from '../bytes/bytes.ts'
import { errnoOf } from '../failure/errno.ts'
import { failed, ok, type Result, temporary } from '../failure/failure.ts'
import { accountByName, accountByUid, groupByName } from '../os/os.ts'

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

/** users/ids has nine lines; nobody's is longer. */
const IDS_BYTES = 65536

/**
 * The ids that hold for a process that runs as `self`. A failure is a fault of the installation, and its text is the one of
 * the original: `unable to find user NAME`.
 */
export function readIds(home: string, self: Id): Result<Ids> {
  const own = readIdsFile(`${home}/users/ids`, self.uid === 0)
  if (!own.ok) return own
  if (own.value !== undefined)
    return ok(self.uid === 0 || isOneOf(own.value, self) ? own.value : allAre(self))
  try {
    const isRole = self.uid === 0 || roles.some((role) => role === accountByUid(self.uid)?.name)
    return isRole ? systemIds() : ok(allAre(self))
  } catch (error) {
    return failed(temporary('3.0', 'unable to look up accounts', error))
  }
}

function isOneOf(ids: Ids, self: Id): boolean {
  return roles.some((role) => ids[role].uid === self.uid)
}

/** A suite of one user: whoever started it owns everything, and every check of an owner compares with that user. */
function allAre({ uid, gid }: Id): Ids {
  const me: Id = { uid, gid }
  return {
    alias: me,
    qmaild: me,
    qmaill: me,
    qmailp: me,
    qmailq: me,
    qmailr: me,
    qmails: me,
    qmail: gid,
    nofiles: gid,
  }
}

function systemIds(): Result<Ids> {
  const found: Partial<Record<Role, Id>> = {}
  for (const role of roles) {
    const account = accountByName(role)
    if (account === undefined) return failed(temporary('3.0', `unable to find user ${role}`))
    found[role] = { uid: account.uid, gid: account.gid }
  }
  const qmail = groupByName('qmail')
  if (qmail === undefined) return failed(temporary('3.0', 'unable to find group qmail'))
  const nofiles = groupByName('nofiles')
  if (nofiles === undefined) return failed(temporary('3.0', 'unable to find group nofiles'))
  return ok({ ...(found as Record<Role, Id>), qmail, nofiles })
}

/** Undefined: no such file. */
function readIdsFile(path: string, isRoot: boolean): Result<Ids | undefined> {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? ok(undefined) : failed(unreadable(error))
  }
  try {
    // Who can write this file can become every role: as root believes it, only root may.
    const { mode, uid } = fstatSync(fd)
    if ((mode & 0o022) !== 0) return failed(temporary('3.0', 'users/ids is writable by others'))
    if (isRoot && uid !== 0) return failed(temporary('3.0', 'users/ids is not owned by root'))
    const content = Buffer.alloc(IDS_BYTES + 1)
    const bytes = readSync(fd, content, 0, content.length, 0)
    if (bytes > IDS_BYTES) return failed(temporary('3.0', 'users/ids is too large'))
    return parseIds(byteString(content.subarray(0, bytes)))
  } catch (error) {
    return failed(unreadable(error))
  } finally {
    closeSync(fd)
  }
}

function unreadable(error: unknown) {
  return temporary('3.0', 'unable to read users/ids', error)
}

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
