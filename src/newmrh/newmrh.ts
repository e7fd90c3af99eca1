/**
 * The work of newmrh: lines in, keys of a table out, piece by piece, since such lists are long. A key is the line in lower case without
 * the blanks at its end; those at its beginning stay, as in the original. qmail-newmrh(8): newmrh.8.md
 */
import { type ByteString, byteString, lowerAscii } from '../../lib/bytes/bytes.ts'
import type { CdbRecord } from '../../lib/cdb/maker.ts'
import { linesOf } from '../../lib/control/lines.ts'
import { errorText } from '../../lib/failure/errno.ts'
import type { Failure, Result } from '../../lib/failure/failure.ts'

/** Which step of writing failed: lib/cdb. */
type WriteFailure = Failure & { readonly step: 'create' | 'write' | 'rename' }

const unable: Readonly<Record<WriteFailure['step'], string>> = {
  create: 'unable to create control/morercpthosts.tmp',
  write: 'unable to write control/morercpthosts.tmp',
  rename: 'unable to move control/morercpthosts.tmp to control/morercpthosts.cdb',
}

/** A domain has 255 bytes. Who has longer lines has another file than he thinks. */
export const LINE_BYTES = 65536

/** Of the text, not of the table: it came up while the table was being written. */
class ReadTrouble extends Error {}

/** What went wrong, for the administrator; undefined when the table is new. `read` throws what it meets. */
export function compileHosts(
  read: () => Iterable<Uint8Array>,
  write: (records: Iterable<CdbRecord>) => Result<undefined, WriteFailure>,
): string | undefined {
  const written = write(recordsOf(read))
  if (written.ok) return undefined
  const { step, cause } = written.failure
  return cause instanceof ReadTrouble ? cause.message : `${unable[step]}: ${errorText(cause)}`
}

function* recordsOf(read: () => Iterable<Uint8Array>): Generator<CdbRecord, void, void> {
  let rest = ''
  for (const chunk of readingOf(read)) {
    const end = chunk.lastIndexOf('\n') + 1
    if (end > 0) yield* keysOf(rest + chunk.slice(0, end))
    rest = (end > 0 ? '' : rest) + chunk.slice(end)
    if (rest.length > LINE_BYTES)
      throw new ReadTrouble(`control/morercpthosts has a line of more than ${LINE_BYTES} bytes`)
  }
  yield* keysOf(rest)
}

function* keysOf(lines: ByteString): Generator<CdbRecord, void, void> {
  for (const line of linesOf(lines)) yield [lowerAscii(line), '']
}

function* readingOf(read: () => Iterable<Uint8Array>): Generator<ByteString, void, void> {
  try {
    for (const chunk of read()) yield byteString(chunk)
  } catch (error) {
    throw new ReadTrouble(`unable to read control/morercpthosts: ${errorText(error)}`)
  }
}
