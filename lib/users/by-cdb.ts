/**
 * The look-up of users in HOME/users/cdb, as newu wrote it. The file is opened for each look-up: lspawn looks once for each
 * delivery, and so a new file counts at once.
 */
import type { ByteString } from '../bytes/bytes.ts'
import { openCdb } from '../cdb/by-file.ts'
import { ok, type Result } from '../failure/failure.ts'
import type { Assignment } from './assignment.ts'
import { lookUpAssigned } from './lookup.ts'

/** Undefined when no entry fits or there is no file: then qmail-getpw is asked. */
export function lookUpUser(home: string, local: ByteString): Result<Assignment | undefined> {
  const opened = openCdb(`${home}/users/cdb`)
  if (!opened.ok) return opened
  const file = opened.value
  if (file === undefined) return ok(undefined)
  try {
    return lookUpAssigned((key) => file.lookUp(key), local)
  } finally {
    file.close()
  }
}
