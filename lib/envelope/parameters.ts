/**
 * The text of ESMTP parameters as the envelope carries it: `KEYWORD[=value]`, parted by single spaces. The keyword is in upper case, the
 * value as received (xtext stays xtext), bytes 33 to 126. Used by the wire's trailer (trailer.ts, wire.ts); whoever reads a
 * parameter out of todo or info parses it here too. Syntax: RFC 5321 §4.1.2, but a value may hold `=`.
 */
import type { ByteString } from '../bytes/bytes.ts'

/** A longer text of one message or one recipient is refused (bytes): every parameter known today, at its longest, has room. */
export const PARAMETER_BYTES = 4096

export interface Parameter {
  readonly keyword: ByteString
  /** Undefined: without `=`. */
  readonly value?: ByteString
}

/** Parameters that a queue which does not know them must refuse the message for. RFC 8689. */
export const MUST_HONOUR: ReadonlySet<ByteString> = new Set(['REQUIRETLS'])

/** Those whose promise the suite keeps to the end. Not REQUIRETLS before remote speaks TLS: until then the queue refuses it. */
export const HONOURED: ReadonlySet<ByteString> = new Set()

const PARAMETER = /^([A-Z0-9][A-Z0-9-]*)(?:=([\x21-\x7e]+))?$/

/** Undefined when the text is empty, too long or of another syntax. */
export function parseParameters(text: ByteString): readonly Parameter[] | undefined {
  if (text.length > PARAMETER_BYTES) return undefined
  const parameters: Parameter[] = []
  for (const word of text.split(' ')) {
    const [, keyword, value] = PARAMETER.exec(word) ?? []
    if (keyword === undefined) return undefined
    parameters.push(value === undefined ? { keyword } : { keyword, value })
  }
  return parameters
}

/** The inverse. The caller answers for the bytes of the values. */
export function formatParameters(parameters: readonly Parameter[]): ByteString {
  return parameters
    .map(({ keyword, value }) => (value === undefined ? keyword : `${keyword}=${value}`))
    .join(' ')
}

/** The words of these texts that must be honoured, each once; empty when there are none. */
export function mustHonour(texts: Iterable<ByteString>): ByteString {
  const words = new Set<ByteString>()
  for (const text of texts) {
    for (const word of text.split(' ')) if (MUST_HONOUR.has(keywordOf(word))) words.add(word)
  }
  return [...words].join(' ')
}

/** `text` and those words of `more` whose keyword it has not. */
export function withParameters(text: ByteString, more: ByteString): ByteString {
  const keywords = new Set(text.split(' ').map(keywordOf))
  const missing = more.split(' ').filter((word) => word !== '' && !keywords.has(keywordOf(word)))
  return [text, ...missing].filter((part) => part !== '').join(' ')
}

const keywordOf = (word: ByteString): ByteString => word.split('=', 1)[0] ?? ''
