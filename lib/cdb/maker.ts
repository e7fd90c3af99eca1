/**
 * Makes a cdb: records in, in the order in which a look-up of equal keys shall find them; then the tables, then the header.
 * The result equals that of `cdb -c` and `cdbmake` byte for byte. Pure; by-file.ts writes it.
 */
import { type ByteString, bytesOf, concat } from '../bytes/bytes.ts'
import { failed, ok, type Result, temporary } from '../failure/failure.ts'
import * as cdb from './cdb.ts'

export type CdbRecord = readonly [key: ByteString, value: ByteString]

export interface CdbEnd {
  /** To be written after the last record. */
  readonly tables: Buffer
  /** To be written at the very beginning. */
  readonly header: Buffer
}

export class CdbMaker {
  readonly #limitBytes: number
  #hashes: number[] = []
  #places: number[] = []
  #end = cdb.HEADER_BYTES

  /** The file's size is limited by the format; a smaller limit is for tests. */
  constructor(limitBytes = cdb.LARGEST) {
    this.#limitBytes = limitBytes
  }

  /** The bytes of one record, to be written after the one before; the first stands at HEADER_BYTES. */
  add([key, value]: CdbRecord): Result<Buffer> {
    const keyBytes = bytesOf(key)
    const size = cdb.PAIR_BYTES + key.length + value.length
    // Each record costs two slots in the tables later.
    const tables = (this.#places.length + 1) * 2 * cdb.PAIR_BYTES
    if (this.#end + size + tables > this.#limitBytes) return failed(temporary('3.4', 'cdb too large'))
    const record = Buffer.allocUnsafe(size)
    cdb.writeWord(record, 0, key.length)
    cdb.writeWord(record, cdb.WORD_BYTES, value.length)
    record.set(keyBytes, cdb.PAIR_BYTES)
    record.write(value, cdb.PAIR_BYTES + key.length, 'latin1')
    this.#hashes.push(cdb.hashOf(keyBytes))
    this.#places.push(this.#end)
    this.#end += size
    return ok(record)
  }

  finish(): CdbEnd {
    const entries = this.#entriesByTable()
    const header = Buffer.alloc(cdb.HEADER_BYTES)
    const tables: Buffer[] = []
    let place = this.#end
    for (const [number, members] of entries.entries()) {
      const table = this.#table(members)
      cdb.writeWord(header, number * cdb.PAIR_BYTES, place)
      cdb.writeWord(header, number * cdb.PAIR_BYTES + cdb.WORD_BYTES, members.length * 2)
      tables.push(table)
      place += table.length
    }
    return { tables: concat(tables), header }
  }

  #entriesByTable(): number[][] {
    const entries = Array.from({ length: cdb.TABLES }, (): number[] => [])
    for (const [entry, hash] of this.#hashes.entries()) entries[cdb.tableOf(hash)]?.push(entry)
    return entries
  }

  /** Twice as many slots as entries; each entry in the first free slot from its own on. */
  #table(members: readonly number[]): Buffer {
    const slots = members.length * 2
    const table = Buffer.alloc(slots * cdb.PAIR_BYTES)
    for (const entry of members) {
      const hash = this.#hashes[entry] ?? 0
      let slot = cdb.firstSlot(hash, slots)
      while (cdb.readWord(table, slot * cdb.PAIR_BYTES + cdb.WORD_BYTES) !== 0) slot = (slot + 1) % slots
      cdb.writeWord(table, slot * cdb.PAIR_BYTES, hash)
      cdb.writeWord(table, slot * cdb.PAIR_BYTES + cdb.WORD_BYTES, this.#places[entry] ?? 0)
    }
    return table
  }
}

/** A whole cdb in memory. It fails only when it would be larger than the format allows. */
export function makeCdb(records: Iterable<CdbRecord>): Result<Buffer> {
  const maker = new CdbMaker()
  const parts: Buffer[] = []
  for (const record of records) {
    const bytes = maker.add(record)
    if (!bytes.ok) return bytes
    parts.push(bytes.value)
  }
  const { tables, header } = maker.finish()
  return ok(concat([header, ...parts, tables]))
}
