/**
 * The lexical tokens of a structured header field (RFC 822 §3.3), as qmail-inject(8) cuts them: atoms, quoted strings, domain
 * literals, comments and the specials. Blanks and line ends only divide. Pure; nothing recurses, so that no nesting of
 * comments is too deep.
 */
import type { ByteString } from '../bytes/bytes.ts'

export type Special = '<' | '>' | '@' | ',' | ';' | ':' | '.'
export type Word = 'atom' | 'quoted' | 'literal' | 'comment'

export interface Token {
  readonly is: Word | Special
  /**
   * What it says, without quotes, brackets or parentheses and without backslashes. Of a comment: what stands between the
   * outer parentheses, as it was written. Of a special: empty.
   */
  readonly text: ByteString
  /** Did a blank stand before it? Kept only where a person reads it, in the phrase before an address. */
  readonly isSpaced: boolean
}

const specials: ReadonlySet<string> = new Set(['<', '>', '@', ',', ';', ':', '.'])
/** Where an atom ends. A `)` or `]` does not end one, but none may begin with it. */
const atomEnds: ReadonlySet<string> = new Set(' \t\r\n(["<>;:@,.')
/** An atom with one of these can only be said in quotes. Backslashes are gone by now, but what they hid may be here. */
const needsQuotes = /[^!#-'*+\-/0-9=?A-Z^_`a-z{|}~]/

/** Undefined where the text cannot be cut: a string, literal or comment without end, or a stray `)` or `]`. */
export function tokenize(text: ByteString): readonly Token[] | undefined {
  const tokens: Token[] = []
  let isSpaced = false
  for (let at = 0; at < text.length;) {
    const char = text.charAt(at)
    if (' \t\r\n'.includes(char)) {
      isSpaced = true
      at += 1
      continue
    }
    const end = endOfToken(text, at)
    if (end === undefined) return undefined
    tokens.push(tokenOf(char, text.slice(at, end), isSpaced))
    isSpaced = false
    at = end
  }
  return tokens
}

function tokenOf(first: string, source: ByteString, isSpaced: boolean): Token {
  if (specials.has(first)) return { is: first as Special, text: '', isSpaced }
  if (first === '(') return { is: 'comment', text: unfold(source.slice(1, -1)), isSpaced }
  if (first === '"') return { is: 'quoted', text: unescape(source.slice(1, -1)), isSpaced }
  if (first === '[') return { is: 'literal', text: unescape(source.slice(1, -1)), isSpaced }
  const text = unescape(source)
  return { is: needsQuotes.test(text) ? 'quoted' : 'atom', text, isSpaced }
}

function endOfToken(text: ByteString, at: number): number | undefined {
  const first = text.charAt(at)
  if (specials.has(first)) return at + 1
  if (first === ')' || first === ']') return undefined
  if (first === '(') return endOfComment(text, at)
  if (first === '"') return endOfEnclosed(text, at, '"')
  if (first === '[') return endOfEnclosed(text, at, ']')
  return endOfAtom(text, at)
}

/** Behind the character that ends it; a backslash takes the next one in. */
function endOfEnclosed(text: ByteString, from: number, closing: string): number | undefined {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text.charAt(at) === '\\') at += 1
    else if (text.charAt(at) === closing) return at + 1
  }
  return undefined
}

function endOfComment(text: ByteString, from: number): number | undefined {
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char === '\\') at += 1
    else if (char === '(') depth += 1
    else if (char === ')') depth -= 1
    if (depth === 0) return at + 1
  }
  return undefined
}

function endOfAtom(text: ByteString, from: number): number {
  let at = from
  while (at < text.length && !atomEnds.has(text.charAt(at))) at += text.charAt(at) === '\\' ? 2 : 1
  return Math.min(at, text.length)
}

/** Without the backslashes, and without line ends that only fold. */
function unescape(source: ByteString): ByteString {
  return source.replace(/\\([^])|\r?\n/g, (_, escaped: string | undefined) => escaped ?? '')
}

function unfold(source: ByteString): ByteString {
  return source.replace(/\r?\n/g, '')
}
