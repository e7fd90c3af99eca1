/**
 * The header of a message as fields, as bytes come, the way qmail-inject(8) reads it: it ends at the first empty line, at the
 * end of the message, or before the first line that is no field (RFC 822 §3.2, blanks allowed before the colon). Lines
 * that begin with a blank belong to the field above. Nothing is unfolded: `raw` is what was read.
 */
import { type ByteString, byteString, bytesOf, concat, LF, lowerAscii } from '../bytes/bytes.ts'
import { failed, ok, permanent, type Result } from '../failure/failure.ts'

export interface Field {
  /** In lower case, without the blanks before the colon. */
  readonly name: ByteString
  /** Name, colon and value, all lines, each with its LF. */
  readonly raw: ByteString
}

export interface Header {
  readonly fields: readonly Field[]
  /** What ended it: an empty line, the end of the message, or a line that is no field (it is the first of the body). */
  readonly end: 'blank' | 'message' | 'notField'
  /** The bytes after the header that have been read already; the empty line is not among them. */
  readonly rest: Uint8Array
}

const NOTHING = new Uint8Array(0)
const fieldName = /^([!-9;-~]+)[ \t]*:/
const beginsField = /^(?:[!-9;-~]+[ \t]*(?::|$)|$)/
const beginsWithBlank = /^[ \t]/

/** The name of a field in lower case; undefined when the line is no field. */
export function nameOf(line: ByteString): ByteString | undefined {
  const found = fieldName.exec(line)?.[1]
  return found === undefined ? undefined : lowerAscii(found)
}

/** What follows the colon, with its LFs. */
export function valueOf(field: Field): ByteString {
  return field.raw.slice(field.raw.indexOf(':') + 1)
}

export class FieldReader {
  readonly #limitBytes: number
  #fields: { name: ByteString; raw: ByteString }[] = []
  #bytes = 0
  #line: ByteString = ''

  /** `limitBytes`: a longer header is refused, for good. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** The whole header once it has ended; undefined while it goes on. Not to be called again after either end. */
  receive(bytes: Uint8Array): Result<Header | undefined> {
    let at = 0
    while (at < bytes.length) {
      const lf = bytes.indexOf(LF, at)
      const end = lf === -1 ? bytes.length : lf + 1
      this.#line += byteString(bytes.subarray(at, end))
      at = end
      if (lf === -1) break
      const header = this.#takeLine(bytes.subarray(at))
      if (header !== undefined) return ok(header)
      if (this.#bytes > this.#limitBytes) return this.#tooLong()
    }
    if (this.#bytes + this.#line.length <= this.#limitBytes) return ok(undefined)
    return this.#mayBeField() ? this.#tooLong() : ok(this.#endBefore(NOTHING))
  }

  /** The message has ended; a last line without LF gets one. */
  finish(): Result<Header> {
    if (this.#line !== '') {
      this.#line += '\n'
      const header = this.#takeLine(NOTHING)
      if (header !== undefined) return ok(header)
      if (this.#bytes > this.#limitBytes) return this.#tooLong()
    }
    return ok({ fields: this.#fields, end: 'message', rest: NOTHING })
  }

  #takeLine(rest: Uint8Array): Header | undefined {
    const line = this.#line
    if (line === '\n') return { fields: this.#fields, end: 'blank', rest }
    const above = this.#fields.at(-1)
    const name = nameOf(line)
    // What an mbox reader left there is kept as a field: qmail-inject(8).
    if (line.startsWith('From ')) this.#fields.push({ name: 'mbox-line', raw: `MBOX-Line: ${line}` })
    else if (name !== undefined) this.#fields.push({ name, raw: line })
    else if (above !== undefined && beginsWithBlank.test(line)) above.raw += line
    else return this.#endBefore(rest)
    this.#bytes += line.length
    this.#line = ''
    return undefined
  }

  #endBefore(rest: Uint8Array): Header {
    return { fields: this.#fields, end: 'notField', rest: concat([bytesOf(this.#line), rest]) }
  }

  #mayBeField(): boolean {
    const isContinued = this.#fields.length > 0 && beginsWithBlank.test(this.#line)
    return isContinued || this.#line.startsWith('From ') || beginsField.test(this.#line)
  }

  #tooLong(): Result<never> {
    return failed(permanent('3.4', `message header longer than ${this.#limitBytes} bytes`))
  }
}
