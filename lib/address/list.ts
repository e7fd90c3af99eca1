/**
 * Lists of addresses in header fields, as qmail-inject(8) reads them: from right to left, because a comment or a missing comma belongs
 * to what stands before it. The result is the list rewritten, every address made whole, and the addresses in the order of the
 * reading, last one first. RFC 822 §6. Pure.
 */
import type { Complete } from './complete.ts'
import type { Special, Token } from './token.ts'

export interface AddressList {
  /** The list as it is to be written. */
  readonly tokens: readonly Token[]
  /** Each address in it, made whole, the rightmost first; `<>` is one without tokens. */
  readonly addresses: readonly (readonly Token[])[]
}

/** Undefined when it is no list of addresses. */
export function parseAddressList(tokens: readonly Token[], complete: Complete): AddressList | undefined {
  return new Reading(tokens, complete).read()
}

class Reading {
  readonly #tokens: readonly Token[]
  readonly #complete: Complete
  #at: number
  /** What will be written, backwards. */
  #out: Token[] = []
  /** The address that is being read, backwards. */
  #address: Token[] = []
  #addresses: (readonly Token[])[] = []
  #isInGroup = false
  /** May another word join the address? Not right after a word: a comma is missing there. */
  #wordMayJoin = true
  /** Is the element to the right one that needs a comma before it? */
  #needsComma = false

  constructor(tokens: readonly Token[], complete: Complete) {
    this.#tokens = tokens
    this.#complete = complete
    this.#at = tokens.length - 1
  }

  read(): AddressList | undefined {
    for (let token = this.#peek(); token !== undefined; token = this.#peek())
      if (!this.#take(token)) return undefined
    if (!this.#endAddress() || this.#isInGroup) return undefined
    return { tokens: this.#out.reverse(), addresses: this.#addresses }
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at]
  }

  #take(token: Token): boolean {
    switch (token.is) {
      case 'comment':
        // A comment is a blank to the address around it: it goes to the right of it.
        return this.#keep()
      case 'atom':
      case 'quoted':
      case 'literal':
        if (!this.#wordMayJoin && !this.#separate()) return false
        this.#wordMayJoin = false
        return this.#join()
      case '@':
      case '.':
        this.#wordMayJoin = true
        return this.#join()
      case ',':
        this.#wordMayJoin = true
        this.#needsComma = false
        return this.#endAddress() && this.#keep()
      case '>':
        return this.#takeAngle()
      case ';':
        return this.#openGroup()
      case ':':
        return this.#closeGroup()
      case '<':
        return false
    }
  }

  /** `phrase <address>`, from its right end. */
  #takeAngle(): boolean {
    if (!this.#separate()) return false
    this.#keep()
    for (let token = this.#peek(); token !== undefined && token.is !== '<'; token = this.#peek())
      if (token.is === 'comment') this.#keep()
      else this.#join()
    if (this.#peek() === undefined || !this.#writeAddress()) return false
    this.#keep()
    this.#keepWhile((token) => phrase.has(token.is))
    this.#wordMayJoin = false
    this.#needsComma = true
    return true
  }

  /** The right end of `name: a, b;`. */
  #openGroup(): boolean {
    if (this.#isInGroup || !this.#separate()) return false
    this.#isInGroup = true
    this.#wordMayJoin = true
    return this.#keep()
  }

  #closeGroup(): boolean {
    if (!this.#isInGroup || !this.#endAddress()) return false
    this.#isInGroup = false
    this.#keep()
    this.#keepWhile((token) => token.is !== ',' && token.is !== ';')
    this.#wordMayJoin = false
    this.#needsComma = true
    return true
  }

  /** The element to the right is over; between it and what comes now there must be a comma. */
  #separate(): boolean {
    const hadAddress = this.#address.length > 0
    if (!this.#endAddress()) return false
    if (hadAddress || this.#needsComma) this.#out.push(COMMA)
    this.#needsComma = false
    return true
  }

  #endAddress(): boolean {
    return this.#address.length === 0 || this.#writeAddress()
  }

  /** Also for the empty address, between `<` and `>`. */
  #writeAddress(): boolean {
    const address = this.#complete(this.#address.reverse())
    this.#address = []
    if (!address.every(({ is }) => addressTokens.has(is))) return false
    this.#addresses.push(address)
    this.#out.push(...address.map((token) => ({ ...token, isSpaced: false })).reverse())
    return true
  }

  #join(): true {
    const token = this.#peek()
    if (token !== undefined) this.#address.push(token)
    this.#at -= 1
    return true
  }

  #keep(): true {
    const token = this.#peek()
    if (token !== undefined) this.#out.push(token)
    this.#at -= 1
    return true
  }

  #keepWhile(isPart: (token: Token) => boolean): void {
    for (let token = this.#peek(); token !== undefined && isPart(token); token = this.#peek()) this.#keep()
  }
}

const COMMA: Token = { is: ',', text: '', isSpaced: false }
const phrase: ReadonlySet<Token['is']> = new Set<Token['is']>(['comment', 'atom', 'quoted', '@', '.'])
const addressTokens: ReadonlySet<Token['is'] | Special> = new Set<Token['is']>([
  'atom',
  'quoted',
  'literal',
  '@',
  '.',
])
