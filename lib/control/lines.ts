/**
 * What the bytes of a control file mean: qmail's three readers without the reading, and the look-up maps that are built from
 * lists. control(5). Keys match without regard to the case of A to Z, and in no other way.
 */
import { type ByteString, lowerAscii } from '../bytes/bytes.ts'

/** Line reader: the first line without its trailing LF, spaces and tabs. Leading blanks stay; `#` means nothing. */
export function firstLine(content: ByteString): ByteString {
  const lf = content.indexOf('\n')
  return stripped(lf === -1 ? content : content.slice(0, lf))
}

/**
 * Integer reader: the decimal digits that the first line begins with; undefined (the default holds) when there are none.
 * What follows them is ignored. A number too large to count with is the largest that is not.
 */
export function integerOf(line: ByteString): number | undefined {
  const digits = /^[0-9]+/.exec(line)?.[0]
  return digits === undefined ? undefined : Math.min(Number(digits), Number.MAX_SAFE_INTEGER)
}

/** List reader: every line, stripped, without empty ones and those that begin with `#`. A NUL ends a line too. */
export function linesOf(content: ByteString): readonly ByteString[] {
  const lines: ByteString[] = []
  for (const line of content.split('\n')) {
    const text = stripped(line)
    if (text.startsWith('#') || text.startsWith('\0')) continue
    if (text.includes('\0')) lines.push(...text.split('\0').filter((part) => part !== ''))
    else if (text !== '') lines.push(text)
  }
  return lines
}

/** The lines of a list as keys. Look up in lower case. */
export function setOf(list: readonly ByteString[]): ReadonlySet<ByteString> {
  return new Set(list.map(lowerAscii))
}

/**
 * The lines `key:value` of a list, divided at their first colon; lines without one are ignored. Of equal keys the last counts.
 * Look up in lower case.
 */
export function mapOf(list: readonly ByteString[]): ReadonlyMap<ByteString, ByteString> {
  const map = new Map<ByteString, ByteString>()
  for (const line of list) {
    const colon = line.indexOf(':')
    if (colon !== -1) map.set(lowerAscii(line.slice(0, colon)), line.slice(colon + 1))
  }
  return map
}

/** A loop, because a regular expression for trailing blanks takes quadratic time on a line full of them. */
function stripped(line: ByteString): ByteString {
  let end = line.length
  while (end > 0 && ' \t\n'.includes(line.charAt(end - 1))) end -= 1
  return line.slice(0, end)
}
