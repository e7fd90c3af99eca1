import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { byteString, bytesOf } from '../../../../lib/bytes/bytes.ts'
import { ADDRESS_BYTES } from '../../../../lib/envelope/envelope.ts'
import { encodeEnvelope, envelopeReader } from '../../../../lib/envelope/wire.ts'

/** What the reader passes on when the bytes come in pieces of this size. */
function readIn(size: number, text: string): { records: string; done: boolean; trouble?: string } {
  const reader = envelopeReader()
  let records = ''
  for (let at = 0; at < text.length; at += size) {
    const read = reader.read(bytesOf(text.slice(at, at + size)))
    if (!read.ok) return { records, done: false, trouble: read.trouble }
    records += byteString(read.records)
    if (read.done) return { records, done: true }
  }
  return { records, done: reader.isDone }
}

test('the records for todo are the bytes without the final NUL, however they are cut', () => {
  const address = fc.string({ unit: 'binary-ascii', maxLength: 40 }).map((text) => text.replaceAll('\0', ''))
  fc.assert(
    fc.property(
      address,
      fc.array(address, { maxLength: 5 }),
      fc.integer({ min: 1, max: 70 }),
      (sender, recipients, size) => {
        const text = byteString(encodeEnvelope({ sender, recipients }))
        assert.deepEqual(readIn(size, text), { records: text.slice(0, -1), done: true })
      },
    ),
  )
})

test('nothing after the final NUL is read', () => {
  assert.deepEqual(readIn(100, 'Fa@b\0Tj@x\0\0ZZZ'), { records: 'Fa@b\0Tj@x\0', done: true })
})

test('an envelope without its final NUL is not complete', () => {
  for (const text of ['', 'F', 'Fa@b', 'Fa@b\0', 'Fa@b\0Tx', 'Fa@b\0Tx\0'])
    assert.equal(readIn(3, text).done, false)
})

test('the first letter must be F, every other T', () => {
  for (const text of ['\0', 'Ta\0\0', 'ua\0Fa\0\0', 'Fa\0Xb\0\0', 'Fa\0Fb\0\0', 'Fa\0Tb\0ub\0\0']) {
    for (const size of [1, 100])
      assert.equal(readIn(size, text).trouble, 'envelopeFormat', JSON.stringify(text))
  }
})

test(`an address of ${ADDRESS_BYTES} bytes is taken, one more is too long`, () => {
  const most = 'x'.repeat(ADDRESS_BYTES)
  for (const size of [1, 1001, 1002, 1003, 5000]) {
    assert.equal(readIn(size, `F${most}\0T${most}\0\0`).done, true)
    assert.equal(readIn(size, `F${most}x\0T\0\0`).trouble, 'addressTooLong')
    assert.equal(readIn(size, `F\0T${most}x\0\0`).trouble, 'addressTooLong')
  }
})
