/**
 * Tokens as text again: the value of a header field, folded after commas as qmail-inject(8) folds it; and the envelope form of an
 * address, which has neither quotes nor blanks. Pure.
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Token } from './token.ts'

/** A line of a field that we write ends at this column, if there is a comma to break it at. */
const COLUMNS = 80

/** `name: value` and a line feed. A new line begins after a comma, with two spaces, where the line would be too long. */
export function formatField(name: ByteString, tokens: readonly Token[]): ByteString {
  const parts = parted(tokens)
  let line = `${name}: ${parts[0] ?? ''}`
  let lines = ''
  for (const part of parts.slice(1)) {
    if (line.length + 1 + part.length <= COLUMNS) line += ` ${part}`
    else {
      lines += `${line}\n`
      line = `  ${part}`
    }
  }
  return `${lines}${line}\n`
}

/** The text cut behind each comma of the list. */
function parted(tokens: readonly Token[]): readonly ByteString[] {
  const parts: ByteString[] = []
  let part = ''
  let last: Token | undefined
  for (const token of tokens) {
    const isFirst = part === ''
    part += !isFirst && last !== undefined && needsSpace(last, token) ? ` ${written(token)}` : written(token)
    last = token
    if (token.is !== ',') continue
    parts.push(part)
    part = ''
  }
  if (part !== '') parts.push(part)
  return parts
}

const words: ReadonlySet<Token['is']> = new Set(['atom', 'quoted', 'literal', 'comment'])

function needsSpace(left: Token, right: Token): boolean {
  if (left.is === ':' || right.is === '<') return true
  if (words.has(right.is) && (words.has(left.is) || left.is === '>' || left.is === ';')) return true
  // `Joe Q. Public`: only a person's name has blanks around dots; addresses are made without them.
  return right.isSpaced && (left.is === '.' || right.is === '.')
}

function written({ is, text }: Token): ByteString {
  switch (is) {
    case 'atom':
      return text
    case 'quoted':
      return quoted(text)
    case 'literal':
      return `[${text.replace(/[[\]\\\r\n]/g, '\\$&')}]`
    case 'comment':
      return `(${text})`
    default:
      return is
  }
}

/** The text as a quoted string. */
export function quoted(text: ByteString): ByteString {
  return `"${text.replace(/["\\\r\n]/g, '\\$&')}"`
}

/** The text as a comment. */
export function comment(text: ByteString): ByteString {
  return `(${text.replace(/[()\\\r\n]/g, '\\$&')})`
}

/** An address as the envelope has it: what its tokens say, one after the other. */
export function envelopeForm(address: readonly Token[]): ByteString {
  return address
    .map(({ is, text }) => (words.has(is) ? (is === 'literal' ? `[${text}]` : text) : is))
    .join('')
}
