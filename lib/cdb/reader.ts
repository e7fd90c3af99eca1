/**
 * Looks a key up in a cdb by random access. Every place and length that the file names is checked against its size before it is
 * used, and no search is longer than its table: a damaged file gives a failure, it never hangs, throws or takes
 * memory. Failures are "later", because a damaged table says nothing about the key. Pure; by-file.ts opens files.
 */
import { type ByteString, byteString, bytesOf } from '../bytes/bytes.ts'
import { failed, ok, type Result, temporary } from '../failure/failure.ts'
import * as cdb from './cdb.ts'
import type { CdbRecord } from './maker.ts'

/** Where the bytes are. */
export interface RandomAccess {
  readonly sizeBytes: number
  /** Up to so many bytes from there on; fewer only at the end of the file. What goes wrong is thrown. */
  read(position: number, bytes: number): Uint8Array
}

/** A longer value is taken for damage: the longest that the suite writes is an alias list of a few KiB. */
export const VALUE_BYTES = 16 * 1024 * 1024

/** Slots are read so many at a time: most searches end within the first few. */
const SLOTS_AT_ONCE = 64

class Damage extends Error {}

/** The value of the first record with that key; undefined when there is none. */
export function lookUp(source: RandomAccess, key: ByteString): Result<ByteString | undefined> {
  return guarded(() => {
    const keyBytes = bytesOf(key)
    for (const place of candidates(source, cdb.hashOf(keyBytes))) {
      const [keyLength, valueLength] = pairAt(source, place)
      if (keyLength !== keyBytes.length) continue
      const found = exactly(source, place + cdb.PAIR_BYTES, keyLength)
      if (Buffer.compare(found, keyBytes) !== 0) continue
      return valueAt(source, place + cdb.PAIR_BYTES + keyLength, valueLength)
    }
    return undefined
  })
}

/** All records, in the order of the file. */
export function readAll(source: RandomAccess): Result<readonly CdbRecord[]> {
  return guarded(() => {
    const records: CdbRecord[] = []
    // The tables begin where the records end; each table that is there begins behind all records.
    const header = exactly(source, 0, cdb.HEADER_BYTES)
    let end = source.sizeBytes
    for (let at = 0; at < header.length; at += cdb.PAIR_BYTES) end = Math.min(end, cdb.readWord(header, at))
    for (let place = cdb.HEADER_BYTES; place < end;) {
      const [keyLength, valueLength] = pairAt(source, place)
      const key = valueAt(source, place + cdb.PAIR_BYTES, keyLength)
      records.push([key, valueAt(source, place + cdb.PAIR_BYTES + keyLength, valueLength)])
      place += cdb.PAIR_BYTES + keyLength + valueLength
    }
    return records
  })
}

/** The places of the records with that hash, first record first. */
function* candidates(source: RandomAccess, hash: number): Generator<number, void, void> {
  const [table, slots] = pairAt(source, cdb.tableOf(hash) * cdb.PAIR_BYTES)
  if (slots === 0) return
  if (table + slots * cdb.PAIR_BYTES > source.sizeBytes) throw new Damage()
  let slot = cdb.firstSlot(hash, slots)
  for (let left = slots; left > 0;) {
    const count = Math.min(SLOTS_AT_ONCE, left, slots - slot)
    const bytes = exactly(source, table + slot * cdb.PAIR_BYTES, count * cdb.PAIR_BYTES)
    for (let at = 0; at < bytes.length; at += cdb.PAIR_BYTES) {
      const place = cdb.readWord(bytes, at + cdb.WORD_BYTES)
      if (place === 0) return
      if (cdb.readWord(bytes, at) === hash) yield place
    }
    left -= count
    slot = (slot + count) % slots
  }
}

function valueAt(source: RandomAccess, place: number, bytes: number): ByteString {
  if (bytes > VALUE_BYTES) throw new Damage()
  return byteString(exactly(source, place, bytes))
}

function pairAt(source: RandomAccess, place: number): readonly [number, number] {
  const bytes = exactly(source, place, cdb.PAIR_BYTES)
  return [cdb.readWord(bytes, 0), cdb.readWord(bytes, cdb.WORD_BYTES)]
}

function exactly(source: RandomAccess, place: number, count: number): Uint8Array {
  if (place + count > source.sizeBytes) throw new Damage()
  const bytes = source.read(place, count)
  // The file has become shorter since it was opened.
  if (bytes.length !== count) throw new Damage()
  return bytes
}

function guarded<T>(work: () => T): Result<T> {
  try {
    return ok(work())
  } catch (error) {
    return failed(temporary('3.0', error instanceof Damage ? 'cdb damaged' : 'cdb unreadable', error))
  }
}
