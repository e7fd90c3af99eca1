/**
 * Looks at bytes as they pass: are there any above 127, is all of it UTF-8, does a word occur in it, also across two chunks. For the
 * encodings and the boundary of a report, notice.ts. Memory: as many bytes as the word has. Pure.
 */
import { isAscii } from 'node:buffer'
import { bytesOf } from '../../lib/bytes/bytes.ts'

export class ByteLook {
  hasHighBytes = false
  hasWord = false
  /** As far as it was seen: a character may be cut off at the end. */
  isUtf8 = true
  readonly #word: Buffer
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #tail: Uint8Array = new Uint8Array()

  /** The word is ASCII and not empty. */
  constructor(word: string) {
    this.#word = bytesOf(word)
  }

  receive(chunk: Uint8Array): void {
    if (!isAscii(chunk)) this.hasHighBytes = true
    // Before the first high byte there is nothing that the decoder would have to remember.
    if (this.hasHighBytes && this.isUtf8) this.isUtf8 = this.#decodes(chunk)
    const seen = Buffer.concat([this.#tail, chunk])
    if (seen.includes(this.#word)) this.hasWord = true
    this.#tail = seen.subarray(Math.max(0, seen.length - this.#word.length + 1))
  }

  #decodes(chunk: Uint8Array): boolean {
    try {
      this.#decoder.decode(chunk, { stream: true })
      return true
    } catch {
      return false
    }
  }
}
