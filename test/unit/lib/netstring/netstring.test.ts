import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { byteString, bytesOf } from '../../../../lib/bytes/bytes.ts'
import { netstring, NetstringReader } from '../../../../lib/netstring/netstring.ts'

function read(text: string, limitBytes = 100): readonly string[] | 'refused' {
  const result = new NetstringReader(limitBytes).receive(bytesOf(text))
  return result.ok ? result.value.map(byteString) : 'refused'
}

test('a netstring is its length, a colon, the bytes and a comma', () => {
  equal(byteString(netstring(bytesOf('hello'))), '5:hello,')
  equal(byteString(netstring(bytesOf(''))), '0:,')
})

test('several strings may come at once', () => {
  deepEqual(read('5:hello,0:,3:a,b,'), ['hello', '', 'a,b'])
})

test('an unfinished string is kept, and the peer may not end there', () => {
  const reader = new NetstringReader(100)
  equal(reader.isBetween, true)
  deepEqual(reader.receive(bytesOf('1')), { ok: true, value: [] })
  equal(reader.isBetween, false)
  deepEqual(reader.receive(bytesOf('0:12345')), { ok: true, value: [] })
  deepEqual(reader.receive(bytesOf('67890')), { ok: true, value: [] })
  equal(reader.isBetween, false)
  const last = reader.receive(bytesOf(','))
  deepEqual(last.ok && last.value.map(byteString), ['1234567890'])
  equal(reader.isBetween, true)
})

test('a string of exactly the limit is taken; one byte more is refused at its length', () => {
  deepEqual(read('10:1234567890,', 10), ['1234567890'])
  equal(read('11', 10), 'refused')
  equal(read('99999999999999999999', 10), 'refused')
})

test('lengths have one spelling', () => {
  equal(read('05:hello,'), 'refused')
  equal(read('00:,'), 'refused')
  equal(read(':,'), 'refused')
  equal(read('-1:,'), 'refused')
  equal(read(' 1:a,'), 'refused')
})

test('what does not end with a comma is refused', () => {
  equal(read('5:hello;'), 'refused')
})

test('once refused, everything is refused', () => {
  const reader = new NetstringReader(10)
  equal(reader.receive(bytesOf('x')).ok, false)
  equal(reader.receive(bytesOf('1:a,')).ok, false)
  equal(reader.isBetween, false)
})

test('how the bytes are cut does not matter', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 9 }),
      (strings, step) => {
        const wire = Buffer.concat(strings.map(netstring))
        const reader = new NetstringReader(40)
        const seen: string[] = []
        for (let at = 0; at < wire.length; at += step) {
          const result = reader.receive(wire.subarray(at, at + step))
          equal(result.ok, true)
          if (result.ok) seen.push(...result.value.map(byteString))
        }
        deepEqual(seen, strings.map(byteString))
        equal(reader.isBetween, true)
      },
    ),
  )
})

test('no bytes at all make the reader throw', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 }), (chunks) => {
      const reader = new NetstringReader(10)
      for (const chunk of chunks) reader.receive(chunk)
    }),
  )
})
