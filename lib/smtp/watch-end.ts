/**
 * The rest of a message that is refused for a bare CR or LF: only its end matters any more. The real end is CR LF . CR LF. A lone
 * dot between line ends of which at least one is bare is a false end: some servers stop there and take what follows
 * as commands (SMTP smuggling), and a person at a plain `nc` waits there for an answer. Called by receive-data.ts.
 */
import { CR, LF } from '../bytes/bytes.ts'

export type ContentEnd = 'end' | 'falseEnd'

/** Where in a line of the content the next byte stands, and which bytes before it are not decided yet. */
export type Place = 'lineStart' | 'dot' | 'dotCr' | 'text' | 'cr'

const DOT = 46

export class EndWatcher {
  /** What stands on the line so far, where CR, LF and CR LF all end a line. */
  #line: 'empty' | 'dot' | 'more'
  #lastEnd: 'crlf' | 'bare' = 'crlf'
  #isCrPending: boolean

  constructor(place: Place) {
    this.#line = place === 'lineStart' ? 'empty' : place === 'dot' || place === 'dotCr' ? 'dot' : 'more'
    this.#isCrPending = place === 'cr' || place === 'dotCr'
  }

  watch(input: Buffer, from: number): { taken: number; end: ContentEnd | undefined } {
    for (let at = from; at < input.length; at++) {
      const end = this.#step(input[at] ?? 0)
      if (end !== undefined) return { taken: at + 1 - from, end }
    }
    return { taken: input.length - from, end: undefined }
  }

  #step(byte: number): ContentEnd | undefined {
    if (this.#isCrPending) {
      this.#isCrPending = false
      if (byte === LF) return this.#endLine('crlf')
      const end = this.#endLine('bare')
      if (end !== undefined) return end
    }
    if (byte === CR) this.#isCrPending = true
    else if (byte === LF) return this.#endLine('bare')
    else this.#line = byte === DOT && this.#line === 'empty' ? 'dot' : 'more'
    return undefined
  }

  #endLine(how: 'crlf' | 'bare'): ContentEnd | undefined {
    const isBetweenCrlf = how === 'crlf' && this.#lastEnd === 'crlf'
    const isLoneDot = this.#line === 'dot'
    this.#lastEnd = how
    this.#line = 'empty'
    if (!isLoneDot) return undefined
    return isBetweenCrlf ? 'end' : 'falseEnd'
  }
}
