/**
 * The walk that qmail's tables of domains share: first the name itself, then what follows each of its dots, dot included, so that
 * an entry `.example.org` covers every host beneath it. qmail-smtpd(8) rcpthosts, qmail-send(8) virtualdomains,
 * qmail-remote(8) smtproutes. Pure.
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Found, Table } from './table.ts'

/** A host name has at most 255 bytes; a walk over more dots than that is somebody's attack. */
export const SUFFIXES = 256

/**
 * `a.b.c`, `.b.c`, `.c`, in that order; a dot at the beginning begins no suffix of its own. Whether the empty key comes last is
 * the caller's contract. The domain is given in lower case.
 */
export function* walkSuffixes(domain: ByteString): Generator<ByteString, void, void> {
  yield domain
  let dot = domain.indexOf('.', 1)
  for (let count = 1; dot !== -1 && count < SUFFIXES; count += 1) {
    yield domain.slice(dot)
    dot = domain.indexOf('.', dot + 1)
  }
}

/** The first of these keys that the table has. A table that cannot be asked ends the search: a later key might be wrong. */
export async function lookUpFirst(table: Table, keys: Iterable<ByteString>): Promise<Found> {
  for (const key of keys) {
    const found = await table.lookUp(key)
    if (found.is !== 'absent') return found
  }
  return { is: 'absent' }
}
