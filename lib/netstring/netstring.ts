/**
 * Netstrings: `5:hello,`. QMTP, QMQP, the socketmap protocol and our own sockets speak them. The reader takes bytes as they
 * come and keeps at most one string of the given length; what is longer is refused at its length, before a
 * byte of it is kept. https://cr.yp.to/proto/netstrings.txt
 */
import { failed, ok, permanent, type Result } from '../failure/failure.ts'

const COLON = 58
const COMMA = 44
const ZERO = 48
const NINE = 57
const NOTHING = Buffer.alloc(0)

/** The bytes as a netstring. */
export function netstring(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length}:`), bytes, Buffer.of(COMMA)])
}

type State = 'length' | 'string' | 'comma' | 'broken'

/** Strings out of a stream. Once it has failed, it fails for good. */
export class NetstringReader {
  readonly #limitBytes: number
  #state: State = 'length'
  #digits = ''
  #missing = 0
  #kept: Buffer = NOTHING
  #keptBytes = 0

  /** `limitBytes`: the longest string that is taken. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** Between two strings: here, and only here, the peer may end. */
  get isBetween(): boolean {
    return this.#state === 'length' && this.#digits === ''
  }

  /** The strings that these bytes complete, in order. They may be views into the bytes given. */
  receive(bytes: Uint8Array): Result<readonly Uint8Array[]> {
    const complete: Uint8Array[] = []
    let at = 0
    while (at < bytes.length) {
      switch (this.#state) {
        case 'length':
          if (!this.#takeLengthByte(bytes[at] ?? 0)) return this.#break()
          at += 1
          break
        case 'string':
          at += this.#takeString(bytes, at)
          break
        case 'comma':
          if (bytes[at] !== COMMA) return this.#break()
          at += 1
          complete.push(this.#kept.subarray(0, this.#keptBytes))
          this.#forget()
          this.#state = 'length'
          break
        case 'broken':
          return this.#break()
      }
    }
    return this.#state === 'broken' ? this.#break() : ok(complete)
  }

  #takeLengthByte(byte: number): boolean {
    if (byte === COLON) {
      if (this.#digits === '') return false
      this.#missing = Number(this.#digits)
      this.#digits = ''
      this.#state = this.#missing === 0 ? 'comma' : 'string'
      return true
    }
    // One way to write each length: no leading zero but that of 0 itself.
    if (byte < ZERO || byte > NINE || this.#digits === '0') return false
    this.#digits += String.fromCodePoint(byte)
    return Number(this.#digits) <= this.#limitBytes
  }

  #takeString(bytes: Uint8Array, at: number): number {
    const part = bytes.subarray(at, at + this.#missing)
    const isWhole = this.#keptBytes === 0 && part.length === this.#missing
    if (isWhole) this.#kept = Buffer.from(part.buffer, part.byteOffset, part.length)
    else this.#makeRoom(part.length).set(part, this.#keptBytes)
    this.#keptBytes += part.length
    this.#missing -= part.length
    if (this.#missing === 0) this.#state = 'comma'
    return part.length
  }

  /** Grows with what has arrived, not with what was promised: a length costs the peer nothing. */
  #makeRoom(bytes: number): Buffer {
    const needed = this.#keptBytes + bytes
    if (needed <= this.#kept.length) return this.#kept
    const grown = Buffer.alloc(Math.max(needed, Math.min(2 * needed, needed + this.#missing)))
    grown.set(this.#kept.subarray(0, this.#keptBytes))
    this.#kept = grown
    return grown
  }

  #forget(): void {
    this.#kept = NOTHING
    this.#keptBytes = 0
  }

  #break(): Result<never> {
    this.#state = 'broken'
    this.#forget()
    return failed(permanent('5.2', 'netstring malformed or too long'))
  }
}
