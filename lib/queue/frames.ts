/**
 * The language of the submission socket (HOME/submit/queue). A frame is a letter, a length (32 bits, big-endian) and that
 * many bytes. From the client, for each submission on the connection, one after the other:
 *
 *   S  start: `1` or `p` (number me by my process id) or `c` (by your counter), NUL, then NAME=value NUL ...: client facts
 *   M  message bytes, any number of times
 *   E  envelope bytes as on qmail-queue's descriptor 1, any number of times
 *   C  commit, empty        A  abort, empty
 *
 * The queue answers C, and A with code 54, once: R, with the exit code of qmail-queue as one byte, the qp in decimal,
 * NUL, and a text that is empty unless the code is 82. Who the client is comes from the kernel, never from a frame.
 */
import { byteOf, type ByteString, byteString, bytesOf, charOf } from '../bytes/bytes.ts'

export type Letter = 'S' | 'M' | 'E' | 'C' | 'A' | 'R'

const HEAD_BYTES = 5
/** S and R are kept whole until they are complete; M and E are passed on in pieces. */
export const WHOLE_BYTES = 8192

export function frame(letter: Letter, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + payload.length)
  writeHead(bytes, letter, payload.length)
  bytes.set(payload, HEAD_BYTES)
  return bytes
}

/** The head alone, where the payload is written from where it lies. */
export function frameHead(letter: Letter, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES)
  writeHead(bytes, letter, length)
  return bytes
}

function writeHead(bytes: Buffer, letter: Letter, length: number): void {
  bytes[0] = byteOf(letter)
  bytes.writeUInt32BE(length, 1)
}

export interface Piece {
  readonly letter: string
  readonly bytes: Uint8Array
}

/**
 * Cuts what arrives into pieces. `undefined` where the next piece is not complete. Throws RangeError when a frame that
 * must be kept whole is longer than its cap: the connection is of no use any more.
 */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0)
  #letter = ''
  #left = 0

  push(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
  }

  /** Bytes that wait to be taken. */
  get heldBytes(): number {
    return this.#held.length
  }

  next(): Piece | undefined {
    if (this.#left > 0) return this.#continue()
    if (this.#held.length < HEAD_BYTES) return undefined
    const letter = charOf(this.#held[0]!)
    const length = this.#held.readUInt32BE(1)
    if (letter === 'M' || letter === 'E') {
      this.#held = this.#held.subarray(HEAD_BYTES)
      this.#letter = letter
      this.#left = length
      return length === 0 ? { letter, bytes: this.#held.subarray(0, 0) } : this.#continue()
    }
    if (length > WHOLE_BYTES) throw new RangeError(`frame ${letter} of ${length} bytes`)
    if (this.#held.length < HEAD_BYTES + length) return undefined
    const bytes = this.#held.subarray(HEAD_BYTES, HEAD_BYTES + length)
    this.#held = this.#held.subarray(HEAD_BYTES + length)
    return { letter, bytes }
  }

  #continue(): Piece | undefined {
    if (this.#held.length === 0) return undefined
    const bytes = this.#held.subarray(0, this.#left)
    this.#held = this.#held.subarray(bytes.length)
    this.#left -= bytes.length
    return { letter: this.#letter, bytes }
  }
}

export interface Opening {
  readonly numbering: 'pid' | 'counter'
  readonly facts: Readonly<Record<string, ByteString>>
}

export function encodeOpening({ numbering, facts }: Opening): Buffer {
  let text = numbering === 'pid' ? 'p\0' : 'c\0'
  for (const [name, value] of Object.entries(facts)) {
    const field = `${name}=${value.replaceAll('\0', '')}\0`
    if (text.length + field.length <= WHOLE_BYTES) text += field
  }
  return bytesOf(text)
}

export function decodeOpening(bytes: Uint8Array): Opening | undefined {
  const [numbering, ...fields] = byteString(bytes).split('\0')
  if (numbering !== 'p' && numbering !== 'c') return undefined
  const facts: Record<string, ByteString> = {}
  for (const field of fields) {
    const equals = field.indexOf('=')
    if (equals > 0) facts[field.slice(0, equals)] = field.slice(equals + 1)
  }
  return { numbering: numbering === 'p' ? 'pid' : 'counter', facts }
}

export interface Answer {
  readonly code: number
  readonly qp: number
  readonly text: ByteString
}

export function encodeAnswer({ code, qp, text }: Answer): Buffer {
  return frame('R', bytesOf(`${charOf(code)}${qp}\0${text.slice(0, WHOLE_BYTES - 32)}`))
}

export function decodeAnswer(bytes: Uint8Array): Answer | undefined {
  const text = byteString(bytes)
  const end = text.indexOf('\0', 1)
  const qp = text.slice(1, end)
  if (end === -1 || !/^[0-9]{1,15}$/.test(qp)) return undefined
  return { code: bytes[0]!, qp: Number(qp), text: text.slice(end + 1) }
}
