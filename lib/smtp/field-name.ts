/**
 * Does a header line begin with Received or Delivered? Each letter in either case, and no colon is asked for: that is how qmail
 * counts hops (qmail-smtpd(8)), so that every mail loop ends somewhere. Fed with the pieces of a line that a chunk
 * has; called by receive-data.ts.
 */

const received = Buffer.from('received')
const delivered = Buffer.from('delivered')
/** The bit that makes an ASCII letter small. */
const SMALL = 0x20

export class FieldName {
  #word: Buffer | undefined
  /** Letters of the word that were seen; -1: decided. */
  #seen = 0

  /** A line begins. */
  begin(): void {
    this.#seen = 0
  }

  /** The line begins with something else. */
  isNone(): void {
    this.#seen = -1
  }

  /** True once in a line, when the word is complete within these bytes. */
  look(bytes: Buffer, from: number, to: number): boolean {
    for (let at = from; at < to && this.#seen >= 0; at++) {
      const letter = (bytes[at] ?? 0) | SMALL
      if (this.#seen === 0) this.#word = letter === received[0] ? received : delivered
      if (letter !== this.#word?.[this.#seen]) this.#seen = -1
      else if (++this.#seen === this.#word.length) {
        this.#seen = -1
        return true
      }
    }
    return false
  }
}
