/**
 * What bounce/N says, read back: its paragraphs (`<recipient>:`, the report, a blank line), and the facts of each that a program may want
 * to know. Used by notice.ts for delivery status notifications. A paragraph that is damaged or too long is passed over and
 * never stops the others. Pure. qmail-send(8), QSBMF; RFC 3463 §2
 */
import { type ByteString, byteString } from '../../lib/bytes/bytes.ts'
import { familyOf } from '../../lib/dns/address.ts'
import { GIVEN_UP } from './bounce.ts'

/** The longest paragraph that is read: reports end at 10,000 bytes, an address at 1,002 and its prefix. */
export const PARAGRAPH_BYTES = 32_768

/** One recipient that failed. */
export interface RecipientFailure {
  readonly recipient: ByteString
  /** Enhanced status, of class 4 when the message was given up after deferrals: `5.1.1`. */
  readonly status: string
  /** The lines of the far server's reply, each with its code. */
  readonly reply: readonly ByteString[]
  /** Its address: `192.0.2.1`, `2001:db8::1`. */
  readonly remoteAddress?: string
}

/** Cuts bounce/N into its paragraphs. Memory: one paragraph and one chunk. */
export class ParagraphReader {
  #rest = ''
  /** The paragraph that is being read is too long: nothing of it is kept. */
  #isOversized = false

  /** What these bytes complete, in order, without the blank line. */
  receive(chunk: Uint8Array): ByteString[] {
    const paragraphs: ByteString[] = []
    const text = this.#rest + byteString(chunk)
    let at = 0
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n', at)) {
      this.#keep(paragraphs, text.slice(at, end + 1))
      at = end + 2
    }
    this.#rest = text.slice(at)
    if (this.#rest.length > PARAGRAPH_BYTES) {
      this.#isOversized = true
      // A line feed at the end may be the first of two.
      this.#rest = this.#rest.slice(-1)
    }
    return paragraphs
  }

  /** What stands after the last blank line. */
  end(): ByteString[] {
    const paragraphs: ByteString[] = []
    this.#keep(paragraphs, this.#rest)
    this.#rest = ''
    return paragraphs
  }

  #keep(paragraphs: ByteString[], text: ByteString): void {
    const isOversized = this.#isOversized || text.length > PARAGRAPH_BYTES
    this.#isOversized = false
    // A report may have ended in more line feeds than two.
    const paragraph = text.replace(/^\n+/, '')
    if (!isOversized && paragraph !== '') paragraphs.push(paragraph)
  }
}

const headline = /^<([^\n]+)>:(?:\n|$)/

/** Undefined when it does not begin as a paragraph about a recipient. */
export function failureOf(paragraph: ByteString): RecipientFailure | undefined {
  const head = headline.exec(paragraph)
  if (head === null) return undefined
  const report = paragraph.slice(head[0].length)
  const remoteAddress = remoteAddressOf(report)
  return {
    recipient: head[1] ?? '',
    status: statusOf(report),
    reply: replyOf(report),
    ...(remoteAddress !== undefined && { remoteAddress }),
  }
}

const SAID = 'Remote host said: '
const inReply = /^([45])[0-9]{2}[ -](\1\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])/
const inWords = /\(#([45]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])/

/** The far server's own word first; then qmail's `(#5.1.1)`; then what is known without either. */
function statusOf(report: ByteString): string {
  const [first = ''] = replyOf(report)
  const told = inReply.exec(first)?.[2] ?? inWords.exec(report)?.[1]
  if (told !== undefined) return told
  return report.includes(GIVEN_UP.trimEnd()) ? '4.4.7' : '5.0.0'
}

/** `Remote host said: 550-first`, and the lines of the same reply after it; none when no reply begins so. */
function replyOf(report: ByteString): readonly ByteString[] {
  const start = report.startsWith(SAID) ? 0 : report.indexOf(`\n${SAID}`) + 1
  if (start === 0 && !report.startsWith(SAID)) return []
  const lines = report.slice(start + SAID.length).split('\n')
  const count = lines.findIndex((line) => !/^[2-5][0-9]{2}(?:[ -]|$)/.test(line))
  return count === -1 ? lines : lines.slice(0, count)
}

/** The sentences of remote that name the server. */
const naming: readonly RegExp[] = [
  /^([0-9A-Fa-f:.]+) (?:does not like recipient|failed on DATA command|failed after I sent the message)/m,
  /^Connected to ([0-9A-Fa-f:.]+) but /m,
  /^Giving up on ([0-9A-Fa-f:.]+)\.$/m,
]

function remoteAddressOf(report: ByteString): string | undefined {
  for (const sentence of naming) {
    const address = sentence.exec(report)?.[1]
    if (address !== undefined && familyOf(address) !== undefined) return address
  }
  return undefined
}
