/**
 * A connection as a protocol engine's driver sees it: bytes come to one reader, text goes out, and both can be stopped. It hides
 * whether a socket, two pipes or a terminal is behind it, and later TLS. Made by listen.ts and descriptors.ts.
 */
import type { Readable, Writable } from 'node:stream'
import type { ByteString } from '../bytes/bytes.ts'

/** Who is told. Set once, by read(). */
export interface Reader {
  /** The bytes are the reader's until it returns: the next read goes into the same memory. */
  received(bytes: Buffer): void
  /** The other side sends no more. */
  ended(): void
  /** What write() returned false for has left. */
  drained(): void
  /** Both directions are closed, by whomever. The last call. */
  closed(): void
}

export interface Wire {
  read(reader: Reader): void
  /** False: more than OUTPUT_BYTES wait to be sent; wait for drained(). */
  write(text: ByteString): boolean
  /** Stop reading; a piece that is on its way may still come. */
  pause(): void
  resume(): void
  /** Send what waits, then say that nothing more comes. */
  end(): void
  /** Send what waits, then close both directions. */
  finish(): void
  /** Now, whatever waits. */
  destroy(): void
}

/** A client that does not read its replies makes so many of them wait, and no more is read from it. */
export const OUTPUT_BYTES = 16384

/** How bytes come out of the input: by its `data` events, or by calls of deliver(). */
export type Reading = 'events' | 'deliver'

export class StreamWire implements Wire {
  readonly #input: Readable
  readonly #output: Writable
  readonly #reading: Reading
  #reader: Reader | undefined
  #isPaused = false

  /** `input` and `output` may be one duplex stream. */
  constructor(input: Readable, output: Writable, reading: Reading) {
    this.#input = input
    this.#output = output
    this.#reading = reading
  }

  read(reader: Reader): void {
    this.#reader = reader
    const [input, output] = [this.#input, this.#output]
    input.on('end', () => reader.ended())
    output.on('drain', () => reader.drained())
    if (this.#reading === 'events') input.on('data', (bytes: Buffer) => reader.received(bytes))
    // An error is followed by close, and says nothing that close does not.
    input.on('error', () => {})
    if (Object.is(input, output)) {
      input.on('close', () => reader.closed())
      return
    }
    output.on('error', () => {})
    output.on('close', () => {
      input.destroy()
      reader.closed()
    })
    // An input that breaks off without an end takes the output with it.
    input.on('close', () => void (input.readableEnded || output.destroy()))
  }

  deliver(bytes: Buffer): void {
    this.#reader?.received(bytes)
  }

  write(text: ByteString): boolean {
    const output = this.#output
    if (output.destroyed || output.writableEnded) return true
    output.write(text, 'latin1')
    return output.writableLength <= OUTPUT_BYTES || !output.writableNeedDrain
  }

  pause(): void {
    if (this.#isPaused) return
    this.#isPaused = true
    this.#input.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#input.resume()
  }

  end(): void {
    if (!this.#output.destroyed) this.#output.end()
  }

  finish(): void {
    const output = this.#output
    if (output.writableLength === 0 || output.destroyed) this.destroy()
    else if (output.writableEnded) output.once('finish', () => this.destroy())
    else output.end(() => this.destroy())
  }

  destroy(): void {
    this.#output.destroy()
  }
}
