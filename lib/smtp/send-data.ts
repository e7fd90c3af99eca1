/**
 * A message as the DATA command sends it. Whatever ends a line in the queue (LF, CRLF, or a lone CR) becomes CRLF, a dot at the
 * beginning of a line is doubled, and nothing else is changed. Bare CR and bare LF never leave, and the place after a converted CR
 * is the beginning of a line too: a message cannot end itself early and smuggle commands. RFC 5321 §2.3.8, §4.5.2.
 *
 * Whole chunks are changed by the runtime's own string search: at the first call, not warmed up, it does 4 KiB in 0.1 ms, where a
 * loop over bytes takes five times as long; warmed up both do 300 MB/s.
 */
import { type ByteString, byteString, bytesOf } from '../bytes/bytes.ts'

export class DataEncoder {
  #isLineStart = true
  /** The last byte was a CR: the next chunk shows whether an LF follows. */
  #hasOpenCr = false

  /** The bytes on the wire for the next bytes of the message. */
  encode(chunk: Uint8Array): Buffer {
    return bytesOf(this.#encode(byteString(chunk)))
  }

  /** Does the last line of what was given so far lack its end? */
  get isMidLine(): boolean {
    return !this.#isLineStart && !this.#hasOpenCr
  }

  /** The end of the message: of its last line, where that has none, and the line with the dot. */
  finish(): Buffer {
    const rest = this.#hasOpenCr || !this.#isLineStart ? '\r\n' : ''
    return bytesOf(`${rest}.\r\n`)
  }

  #encode(chunk: ByteString): ByteString {
    if (chunk === '') return ''
    let text = this.#hasOpenCr ? `\r${chunk}` : chunk
    this.#hasOpenCr = text.endsWith('\r')
    if (this.#hasOpenCr) text = text.slice(0, -1)
    if (text.includes('\r')) text = text.replace(/\r\n?/g, '\n')
    if (this.#isLineStart && text.startsWith('.')) text = `.${text}`
    if (text !== '') this.#isLineStart = text.endsWith('\n')
    return text.replaceAll('\n.', '\n..').replaceAll('\n', '\r\n')
  }
}
