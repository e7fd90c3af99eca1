/**
 * The text users/assign as the records of users/cdb: qmail-users(5), qmail-newu(8). An exact entry has the key `!name` NUL, a
 * wildcard `!prefix`; the empty key holds the last characters of all prefixes, so that a look-up tries only lengths
 * at which an entry may end. Pure.
 */
import { type ByteString, lowerAscii } from '../bytes/bytes.ts'
import type { CdbRecord } from '../cdb/maker.ts'
import { failed, ok, permanent, type Result } from '../failure/failure.ts'

/** user, uid, gid, home, dash, ext: each ends with a colon. */
const FIELDS = 6

/**
 * The records in the order of the file. Any line that is not an entry, also an empty one, and a file without the final line
 * `.` are refused: half a file must never replace a whole one.
 */
export function parseAssign(content: ByteString): Result<readonly CdbRecord[]> {
  const records: CdbRecord[] = []
  const lastCharacters = new Set<string>()
  for (let at = 0; ;) {
    const lf = content.indexOf('\n', at)
    const line = content.slice(at, lf === -1 ? content.length : lf)
    if (line.startsWith('.')) break
    const record = lf === -1 ? undefined : recordOf(line)
    if (record === undefined) return failed(permanent('3.5', 'bad format in users/assign'))
    records.push(record)
    if (line.startsWith('+') && record[0].length > 1) lastCharacters.add(line.charAt(record[0].length - 1))
    at = lf + 1
  }
  records.push(['', [...lastCharacters].join('')])
  return ok(records)
}

/** `=name:user:uid:gid:home:dash:ext:` or `+prefix:...`; every first byte but `+` is taken for `=`. */
function recordOf(line: ByteString): CdbRecord | undefined {
  const colon = line.indexOf(':')
  if (colon < 1 || line.includes('\0')) return undefined
  const fields = line.slice(colon + 1).split(':', FIELDS + 1)
  if (fields.length <= FIELDS) return undefined
  const name = lowerAscii(line.slice(1, colon))
  const key = line.startsWith('+') ? `!${name}` : `!${name}\0`
  return [key, fields.slice(0, FIELDS).join('\0')]
}
