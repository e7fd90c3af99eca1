/**
 * Bytes and text. Messages are Uint8Array. Addresses, header fields, control values and reports are a
 * ByteString: a string in which every character is one byte (0 to 255), so that they can be compared, cut and used as
 * keys without ever being decoded. Text for people exists only after decodeUtf8(). No other file of the suite
 * knows how the two representations are turned into each other.
 */

/** A string of characters U+0000 to U+00FF, one for each byte. Never the result of decoding UTF-8. */
export type ByteString = string

/** The bytes as a ByteString; nothing is decoded, nothing can fail. */
export function byteString(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** The bytes of a ByteString. Characters above U+00FF would be a bug of ours: they are cut to their low byte. */
export function bytesOf(text: ByteString): Buffer {
  return Buffer.from(text, 'latin1')
}

/** The UTF-8 bytes of a text, as a ByteString. */
export function fromText(text: string): ByteString {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** The text that these bytes spell in UTF-8, or undefined when they do not. */
export function decodeUtf8(bytes: ByteString): string | undefined {
  if (isAscii(bytes)) return bytes
  const raw = bytesOf(bytes)
  const text = raw.toString('utf8')
  return Buffer.from(text, 'utf8').equals(raw) ? text : undefined
}

/** A path for the file system calls: bytes are passed through untouched. */
export function pathOf(path: ByteString): string | Buffer {
  return isAscii(path) ? path : bytesOf(path)
}

// oxlint-disable-next-line no-control-regex
const onlyAscii = /^[\x00-\x7f]*$/

export function isAscii(text: string): boolean {
  return onlyAscii.test(text)
}

/** Lower case of A to Z only, as every qmail comparison does; bytes above 127 keep their value. */
export function lowerAscii(text: ByteString): ByteString {
  return isAscii(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (run) => run.toLowerCase())
}

/** Are the two equal but for the case of A to Z? */
export function equalIgnoringCase(a: ByteString, b: ByteString): boolean {
  return a.length === b.length && lowerAscii(a) === lowerAscii(b)
}

/** One array of all the parts. */
export function concat(parts: readonly Uint8Array[]): Buffer {
  return parts.length === 1 && Buffer.isBuffer(parts[0]) ? parts[0] : Buffer.concat(parts)
}

/**
 * Safe for one field of one log line, as qmail-send writes it: LF becomes `/`; `%`, space, controls and bytes above 126
 * become `_`.
 */
export function logSafe(text: ByteString): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[^!-$&-~]/g, (byte) => (byte === '\n' ? '/' : '_'))
}

/** The byte that is the first character of a ByteString. */
export function byteOf(text: ByteString): number {
  return text.charCodeAt(0) & 0xff
}

/** One byte as a ByteString. */
export function charOf(byte: number): ByteString {
  return String.fromCharCode(byte & 0xff)
}

export const LF = 10
export const CR = 13
export const NUL = 0
