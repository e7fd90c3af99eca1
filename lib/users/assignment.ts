/**
 * Who gets the mail of a local part, as users/cdb and qmail-getpw(8) say it: six texts divided by NUL. lspawn starts local with
 * it. Pure.
 */
import type { ByteString } from '../bytes/bytes.ts'

export interface Assignment {
  readonly user: ByteString
  readonly uid: number
  readonly gid: number
  readonly home: ByteString
  /** `-` when there is an extension, else empty (or what the administrator wrote). */
  readonly dash: ByteString
  /** The rest of the address, in the case it was written in. */
  readonly ext: ByteString
}

/** 2^32 - 1 is "no id" to the system calls. */
const LARGEST_ID = 0xffff_fffe

/** Undefined when there are fewer than six texts or an id is out of range. What follows the sixth text is ignored. */
export function parseAssignment(fields: ByteString): Assignment | undefined {
  const [user, uid, gid, home, dash, ext] = fields.split('\0')
  if (user === undefined || uid === undefined || gid === undefined) return undefined
  if (home === undefined || dash === undefined || ext === undefined) return undefined
  const uidNumber = idOf(uid)
  const gidNumber = idOf(gid)
  if (uidNumber > LARGEST_ID || gidNumber > LARGEST_ID) return undefined
  return { user, uid: uidNumber, gid: gidNumber, home, dash, ext }
}

/** Each of the six texts with a NUL behind it: what qmail-getpw prints. */
export function formatAssignment({ user, uid, gid, home, dash, ext }: Assignment): ByteString {
  return [user, uid, gid, home, dash, ext].map((text) => `${text}\0`).join('')
}

/** Without a digit it is 0, and nobody delivers as 0. */
function idOf(text: ByteString): number {
  return Number(/^[0-9]+/.exec(text)?.[0] ?? 0)
}
