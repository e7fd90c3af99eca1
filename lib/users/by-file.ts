/**
 * The ids of the suite's accounts, asked once, at start, by each main that needs them. Three sources, in this order, described in
 * users-ids(5) (ids.5.md): the file HOME/users/ids; the system's accounts with qmail's names; nobody special, when the
 * one who runs this is neither root nor one of those.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { byteString } from '../bytes/bytes.ts'
import { errnoOf } from '../failure/errno.ts'
import { failed, ok, type Result, temporary } from '../failure/failure.ts'
import { accountByName, accountByUid, groupByName } from '../os/os.ts'
import { type Id, type Ids, parseIds, type Role, roles } from './ids.ts'

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
