/**
 * The envelope of a message: who sent it, who gets it, and the ESMTP parameters that came along. Its three encodings are
 * beside it: wire.ts (descriptor 1 of qmail-queue) and record.ts (todo, info and channel files).
 */
import type { ByteString } from '../bytes/bytes.ts'

export interface Envelope {
  /** Empty for a bounce. Never quoted, never with angle brackets. */
  readonly sender: ByteString
  /** In the order given; duplicates are kept; may be empty. */
  readonly recipients: readonly ByteString[]
  /** Absent when the message carries none. */
  readonly parameters?: Parameters
}

/** ESMTP parameters as text `KEYWORD[=value] ...`, as received (xtext stays xtext), bytes 33..126 and single spaces. */
export interface Parameters {
  readonly mail: ByteString
  /** By index into recipients; a recipient without parameters has no entry. */
  readonly rcpt: ReadonlyMap<number, ByteString>
}

/** qmail-queue refuses a longer sender or recipient with exit 11 (bytes, without the terminating NUL). */
export const ADDRESS_BYTES = 1002
