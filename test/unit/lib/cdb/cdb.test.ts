import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { byteString, bytesOf } from '../../../../lib/bytes/bytes.ts'
import { HEADER_BYTES, hashOf, readWord, writeWord } from '../../../../lib/cdb/cdb.ts'
import { CdbMaker, makeCdb, type CdbRecord } from '../../../../lib/cdb/maker.ts'
import { lookUp, type RandomAccess, readAll } from '../../../../lib/cdb/reader.ts'

function sourceOf(bytes: Uint8Array): RandomAccess {
  return { sizeBytes: bytes.length, read: (position, count) => bytes.subarray(position, position + count) }
}

function made(records: Iterable<CdbRecord>): Buffer {
  const result = makeCdb(records)
  if (!result.ok) throw new Error(result.failure.text)
  return result.value
}

function valueIn(bytes: Uint8Array, key: string): string | undefined {
  const result = lookUp(sourceOf(bytes), key)
  return result.ok ? result.value : `failed: ${result.failure.retry} ${result.failure.text}`
}

test('the hash begins with 5381 and takes each byte in', () => {
  equal(hashOf(bytesOf('')), 5381)
  equal(hashOf(bytesOf('a')), (5381 * 33) ^ 97)
  equal(hashOf(Buffer.alloc(100, 0xff)) <= 0xffffffff && hashOf(Buffer.alloc(100, 0xff)) >= 0, true)
})

test('words are little-endian and unsigned', () => {
  const bytes = Buffer.alloc(4)
  writeWord(bytes, 0, 0xfedcba98)
  equal(bytes.toString('hex'), '98badcfe')
  equal(readWord(bytes, 0), 0xfedcba98)
})

test('an empty cdb is its header alone, and nothing is in it', () => {
  const bytes = made([])
  equal(bytes.length, HEADER_BYTES)
  equal(valueIn(bytes, ''), undefined)
  equal(valueIn(bytes, 'x'), undefined)
})

test('the first of equal keys is found; empty keys and values are ordinary', () => {
  const bytes = made([
    ['a', 'first'],
    ['', 'empty key'],
    ['a', 'second'],
    ['b', ''],
    ['n\0l', 'v\0\xff'],
  ])
  equal(valueIn(bytes, 'a'), 'first')
  equal(valueIn(bytes, ''), 'empty key')
  equal(valueIn(bytes, 'b'), '')
  equal(valueIn(bytes, 'n\0l'), 'v\0\xff')
  equal(valueIn(bytes, 'n'), undefined)
})

test('whatever goes in comes out, in its order', () => {
  const text = fc.uint8Array({ maxLength: 6 }).map(byteString)
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 60 }), (records) => {
      const bytes = made(records)
      const all = readAll(sourceOf(bytes))
      deepEqual(all.ok && all.value, records)
      for (const [key] of records) equal(valueIn(bytes, key), records.find(([other]) => other === key)?.[1])
    }),
  )
})

test('many records of one table are found across the end of the table', () => {
  const keys: string[] = []
  for (let n = 0; keys.length < 300; n += 1) if (hashOf(bytesOf(`k${n}`)) % 256 === 7) keys.push(`k${n}`)
  const bytes = made(keys.map((key) => [key, `value of ${key}`] as const))
  for (const key of keys) equal(valueIn(bytes, key), `value of ${key}`)
  equal(valueIn(bytes, 'absent'), undefined)
})

test('a cdb may be exactly as large as allowed, and not one byte larger', () => {
  const size = made([['key', 'value']]).length
  equal(new CdbMaker(size).add(['key', 'value']).ok, true)
  const refused = new CdbMaker(size - 1).add(['key', 'value'])
  equal(refused.ok ? 'ok' : `${refused.failure.retry} ${refused.failure.text}`, 'later cdb too large')
})

test('a file cut anywhere gives the value or a failure for now', () => {
  const bytes = made([
    ['one', '1'],
    ['two', '2'],
    ['three', '3'],
  ])
  for (let size = 0; size < bytes.length; size += 1) {
    const cut = bytes.subarray(0, size)
    for (const key of ['one', 'two', 'three']) {
      const said = valueIn(cut, key)
      equal(
        said === 'failed: later cdb damaged' || said === '123'.charAt(['one', 'two', 'three'].indexOf(key)),
        true,
      )
    }
    readAll(sourceOf(cut))
  }
  equal(valueIn(bytes.subarray(0, 100), 'one'), 'failed: later cdb damaged')
})

test('no damage makes the reader throw or hang', () => {
  const bytes = made(Array.from({ length: 50 }, (_, n) => [`key${n}`, `value${n}`] as const))
  const damage = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(damage, fc.nat(60), (changes, n) => {
      const damaged = Buffer.from(bytes)
      for (const [at, byte] of changes) damaged[at] = byte
      lookUp(sourceOf(damaged), `key${n}`)
      readAll(sourceOf(damaged))
    }),
  )
})

test('a table without a free slot ends the search', () => {
  const bytes = made([['one', '1']])
  const table = (hashOf(bytesOf('one')) % 256) * 8
  const place = readWord(bytes, table)
  // Both slots name the record, and its hash is not the one looked for.
  for (let slot = 0; slot < readWord(bytes, table + 4); slot += 1) {
    writeWord(bytes, place + slot * 8, 1)
    writeWord(bytes, place + slot * 8 + 4, HEADER_BYTES)
  }
  equal(valueIn(bytes, 'one'), undefined)
})

test('a table said to be larger than the file is damage', () => {
  const bytes = made([['one', '1']])
  writeWord(bytes, (hashOf(bytesOf('one')) % 256) * 8 + 4, 0xffffffff)
  equal(valueIn(bytes, 'one'), 'failed: later cdb damaged')
})

test('a trouble of the source is a failure for now', () => {
  const source: RandomAccess = {
    sizeBytes: 1e6,
    read() {
      throw new Error('EIO')
    },
  }
  const result = lookUp(source, 'x')
  equal(result.ok ? 'ok' : `${result.failure.retry} ${result.failure.text}`, 'later cdb unreadable')
})
