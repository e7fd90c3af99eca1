/**
 * The lines of a message's header, as bytes come: what a loop check looks at (qmail-local(8): a line that is exactly our
 * Delivered-To). Nothing is joined and nothing is judged; the header ends at the first empty line. Memory is bounded by
 * one line. Whoever needs whole fields takes fields.ts.
 */
import { type ByteString, byteString, LF } from '../bytes/bytes.ts'

export class HeaderLines {
  readonly #lineBytes: number
  #line: ByteString = ''
  #isCut = false
  #hasEnded = false

  /** Of a line longer than `lineBytes` only so much is given, without its LF: it equals no line that one looks for. */
  constructor(lineBytes: number) {
    this.#lineBytes = lineBytes
  }

  /** The empty line was seen: all that follows is body, and receive() has nothing more to say. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** The lines that these bytes complete, each with its LF. The empty line is not among them. */
  receive(bytes: Uint8Array): readonly ByteString[] {
    const lines: ByteString[] = []
    let at = 0
    while (at < bytes.length && !this.#hasEnded) {
      const lf = bytes.indexOf(LF, at)
      const end = lf === -1 ? bytes.length : lf + 1
      this.#append(bytes.subarray(at, end))
      if (lf !== -1) this.#completeLine(lines)
      at = end
    }
    return lines
  }

  /** At the end of the message: the last line, when it has no LF. */
  finish(): readonly ByteString[] {
    const line = this.#line
    this.#line = ''
    return this.#hasEnded || line === '' ? [] : [line]
  }

  #append(part: Uint8Array): void {
    const room = this.#lineBytes - this.#line.length
    if (part.length > room) this.#isCut = true
    this.#line += byteString(part.subarray(0, room))
  }

  #completeLine(lines: ByteString[]): void {
    if (this.#line === '\n') this.#hasEnded = true
    else lines.push(this.#isCut && this.#line.endsWith('\n') ? this.#line.slice(0, -1) : this.#line)
    this.#line = ''
    this.#isCut = false
  }
}
