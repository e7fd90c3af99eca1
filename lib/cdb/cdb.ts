/**
 * The constant database of D. J. Bernstein: a header of 256 tables, the records, the tables. Makers and readers of tinycdb,
 * freecdb and qmail understand each other's files byte for byte. https://cr.yp.to/cdb/cdb.txt
 * All numbers are words of 32 bits, little-endian, so a file ends at 4 GiB. The widths stand here and nowhere else: a variant
 * with 64 bits would be a second set of these constants and of readWord() and writeWord().
 */

export const WORD_BYTES = 4
/** A pair of words: a table's place and slot count, a slot's hash and record place, a record's two lengths. */
export const PAIR_BYTES = 2 * WORD_BYTES
export const TABLES = 256
export const HEADER_BYTES = TABLES * PAIR_BYTES
/** The largest place that a word can name. */
export const LARGEST = 0xffff_ffff

export function readWord(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
  return (low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0
}

export function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word
  bytes[at + 1] = word >>> 8
  bytes[at + 2] = word >>> 16
  bytes[at + 3] = word >>> 24
}

export function hashOf(key: Uint8Array): number {
  let hash = 5381
  for (const byte of key) hash = Math.imul(hash, 33) ^ byte
  return hash >>> 0
}

/** Which of the 256 tables a hash belongs to. */
export function tableOf(hash: number): number {
  return hash % TABLES
}

/** The slot of its table at which the search for a hash begins. */
export function firstSlot(hash: number, slots: number): number {
  return Math.floor(hash / TABLES) % slots
}
