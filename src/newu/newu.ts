/**
 * The work of newu: read the text, make the records, write the table. Nothing is written before the whole text was
 * understood. Manual: newu.8.md
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { CdbRecord } from '../../lib/cdb/maker.ts'
import { errorText } from '../../lib/failure/errno.ts'
import type { Failure, Result } from '../../lib/failure/failure.ts'
import { parseAssign } from '../../lib/users/assign.ts'

/** Which step of writing failed: lib/cdb. */
type WriteFailure = Failure & { readonly step: 'create' | 'write' | 'rename' }

const unable: Readonly<Record<WriteFailure['step'], string>> = {
  create: 'unable to create users/cdb.tmp',
  write: 'unable to write users/cdb.tmp',
  rename: 'unable to move users/cdb.tmp to users/cdb',
}

/** What went wrong, for the administrator; undefined when users/cdb is new. `read` throws what it meets. */
export function compileAssign(
  read: () => ByteString,
  write: (records: readonly CdbRecord[]) => Result<undefined, WriteFailure>,
): string | undefined {
  let content: ByteString
  try {
    content = read()
  } catch (error) {
    return `unable to read users/assign: ${errorText(error)}`
  }
  const records = parseAssign(content)
  if (!records.ok) return records.failure.text
  const written = write(records.value)
  return written.ok ? undefined : `${unable[written.failure.step]}: ${errorText(written.failure.cause)}`
}
