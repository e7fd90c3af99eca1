/**
 * The lines of a delivery status notification: a multipart/report of the words for people, the fields for programs, and the message or
 * its header. notice.ts puts them around what it reads. All that comes from elsewhere is made safe here: no line is longer
 * than a mail line may be, and the fields are ASCII whatever they tell of. Pure. RFC 6522, RFC 3464, RFC 6533 §3
 */
import { quote } from '../../lib/address/quote.ts'
import { type ByteString, decodeUtf8, isAscii } from '../../lib/bytes/bytes.ts'
import { compactDate, headerDate } from '../../lib/date/date.ts'
import type { RecipientFailure } from './report.ts'

/** What is said of some bytes before they come. */
export interface Look {
  readonly hasHighBytes: boolean
  readonly isUtf8: boolean
}

/** A word of a field is cut here; with its name and blanks it stays within the 998 bytes of a line. RFC 5322 §2.1.1 */
const WORD_BYTES = 900
/** So much is told of what the far server said. */
const DIAGNOSTIC_BYTES = 4000
/** Words beyond this go to the next line of the field. */
const LINE_BYTES = 76

const encodingOf = (looks: readonly Look[]): string =>
  `Content-Transfer-Encoding: ${looks.some((look) => look.hasHighBytes) ? '8bit' : '7bit'}\n`

/** The rest of the message's header, and the empty line. `token` is nobody else's. */
export function reportHeader(facts: {
  readonly boundary: string
  readonly token: string
  readonly host: ByteString
  readonly nowMs: number
  readonly parts: readonly Look[]
}): ByteString {
  return (
    `Message-ID: <${compactDate(facts.nowMs)}.${facts.token}@${word(facts.host)}>\n` +
    'Auto-Submitted: auto-replied\n' +
    'MIME-Version: 1.0\n' +
    'Content-Type: multipart/report; report-type=delivery-status;\n' +
    `\tboundary="${facts.boundary}"\n` +
    `${encodingOf(facts.parts)}\n`
  )
}

/** Before the words for people. */
export function humanPart(boundary: string, look: Look): ByteString {
  const charset = look.isUtf8 ? 'utf-8' : 'unknown-8bit'
  return (
    `--${boundary}\n` +
    `Content-Type: text/plain; charset=${look.hasHighBytes ? charset : 'us-ascii'}\n` +
    `Content-Description: Notification\n${encodingOf([look])}\n`
  )
}

/** Before the fields of the recipients: those of the message. `envelopeId` is the sender's ENVID, decoded. */
export function statusPart(
  boundary: string,
  message: { readonly host: ByteString; readonly birthSeconds: number; readonly envelopeId?: ByteString },
): ByteString {
  const { host, birthSeconds, envelopeId } = message
  return (
    `\n--${boundary}\n` +
    'Content-Type: message/delivery-status\n' +
    'Content-Description: Delivery report\n' +
    'Content-Transfer-Encoding: 7bit\n\n' +
    (envelopeId === undefined ? '' : folded('Original-Envelope-Id', envelopeId)) +
    `Reporting-MTA: dns; ${word(host)}\n` +
    `Arrival-Date: ${headerDate(birthSeconds * 1000)}\n`
  )
}

/** One recipient, with the empty line that parts it from what stands before it. */
export function recipientFields({ recipient, status, reply, remoteAddress }: RecipientFailure): ByteString {
  return (
    `\nFinal-Recipient: ${typedAddress(recipient)}\n` +
    'Action: failed\n' +
    `Status: ${status}\n` +
    (remoteAddress === undefined ? '' : `Remote-MTA: dns; ${literal(remoteAddress)}\n`) +
    (reply.length === 0 ? '' : folded('Diagnostic-Code', `smtp; ${reply.join('\n')}`))
  )
}

/** Before the message, or its header alone. */
export function originalPart(boundary: string, isWhole: boolean, look: Look): ByteString {
  return (
    `\n--${boundary}\n` +
    `Content-Type: ${isWhole ? 'message/rfc822' : 'text/rfc822-headers'}\n` +
    `Content-Description: Undelivered ${isWhole ? 'message' : 'message header'}\n${encodingOf([look])}\n`
  )
}

/** The line feed before it is the boundary's, so a message without one at its end stays as it is. RFC 2046 §5.1.1 */
export const closing = (boundary: string): ByteString => `\n--${boundary}--\n`

/** An address that is UTF-8 is written in ASCII, as such a part has to be; bytes that are nothing become `?`. */
function typedAddress(recipient: ByteString): ByteString {
  const text = isAscii(recipient) ? undefined : decodeUtf8(recipient)
  if (text === undefined) return `rfc822; ${cut(printable(quote(recipient)))}`
  const points = Array.from(text, (char) => (/[!-*,-<>-[\]-~]/.test(char) ? char : hexPoint(char)))
  return `utf-8; ${cutPoints(points)}`
}

const hexPoint = (char: string): string =>
  `\\x{${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, '0')}}`

function cutPoints(points: readonly string[]): ByteString {
  let text = ''
  for (const point of points) {
    if (text.length + point.length > WORD_BYTES) break
    text += point
  }
  return text
}

const literal = (address: string): string => (address.includes(':') ? `[IPv6:${address}]` : `[${address}]`)

const printable = (text: ByteString): ByteString => text.replaceAll(/[^ -~]/g, '?')
const cut = (text: ByteString): ByteString => text.slice(0, WORD_BYTES)
/** For a place where a host name belongs. */
const word = (text: ByteString): ByteString => cut(text.replaceAll(/[^!-~]/g, '?'))

/** A field of words, folded; each line of the text begins a new line of the field. */
function folded(name: string, text: ByteString): ByteString {
  const lines = text.slice(0, DIAGNOSTIC_BYTES).split('\n').flatMap(wrapped)
  return `${name}: ${lines.join('\n ')}\n`
}

/** Lines of whole words; none of it is an empty line. */
function wrapped(text: ByteString): readonly ByteString[] {
  const lines: ByteString[] = []
  let line = ''
  for (const each of printable(text).split(' ').filter(Boolean).map(cut)) {
    if (line !== '' && line.length + each.length >= LINE_BYTES) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? each : ` ${each}`
  }
  return line === '' ? lines : [...lines, line]
}
