/**
 * lspawn's search for a local part in the records of users/assign: the exact entry, else the longest wildcard. qmail-lspawn(8),
 * qmail-users(5). Pure over whatever finds a key; by-cdb.ts has the file.
 */
import { type ByteString, lowerAscii } from '../bytes/bytes.ts'
import { failed, ok, type Result, temporary } from '../failure/failure.ts'
import { type Assignment, parseAssignment } from './assignment.ts'

/** The value of a key; undefined when there is none. */
export type Find = (key: ByteString) => Result<ByteString | undefined>

/**
 * Undefined when no entry fits: then qmail-getpw is asked. A failure, also for records that are not what newu writes, is "later":
 * nobody's mail bounces because a file is broken.
 */
export function lookUpAssigned(find: Find, local: ByteString): Result<Assignment | undefined> {
  const lastCharacters = find('')
  if (!lastCharacters.ok) return lastCharacters
  if (lastCharacters.value === undefined) return failed(temporary('3.0', 'users/cdb damaged'))
  const exact = `!${lowerAscii(local)}\0`
  for (let length = exact.length; length > 0; length -= 1) {
    const isExact = length === exact.length
    if (!isExact && length > 1 && !lastCharacters.value.includes(exact.charAt(length - 1))) continue
    const found = find(exact.slice(0, length))
    if (!found.ok) return found
    // What a prefix leaves over is the end of the extension, in the case it was written in.
    if (found.value !== undefined) return assignmentOf(found.value + (isExact ? '' : local.slice(length - 1)))
  }
  return ok(undefined)
}

function assignmentOf(fields: ByteString): Result<Assignment> {
  const assignment = parseAssignment(fields)
  return assignment === undefined ? failed(temporary('3.0', 'users/cdb damaged')) : ok(assignment)
}
