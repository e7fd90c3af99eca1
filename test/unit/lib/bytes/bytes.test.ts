import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import * as bytes from '../../../../lib/bytes/bytes.ts'

const anyBytes = fc.uint8Array({ maxLength: 300 })

test('bytes become a ByteString and the same bytes again', () => {
  fc.assert(
    fc.property(anyBytes, (given) => {
      const text = bytes.byteString(given)
      assert.equal(text.length, given.length)
      assert.deepEqual(new Uint8Array(bytes.bytesOf(text)), given)
    }),
  )
})

test('text goes to UTF-8 and back; what is no UTF-8 is undefined and never something else', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) =>
      assert.equal(bytes.decodeUtf8(bytes.fromText(text)), text),
    ),
  )
  fc.assert(
    fc.property(anyBytes, (given) => {
      const decoded = bytes.decodeUtf8(bytes.byteString(given))
      if (decoded !== undefined) assert.deepEqual(new Uint8Array(Buffer.from(decoded, 'utf8')), given)
    }),
  )
  assert.equal(bytes.decodeUtf8('caf\xe9'), undefined)
})

test('only A to Z have another case', () => {
  const all = bytes.byteString(Uint8Array.from({ length: 256 }, (_, byte) => byte))
  const lower = [...bytes.bytesOf(bytes.lowerAscii(all))]
  for (let byte = 0; byte < 256; byte++)
    assert.equal(lower[byte], byte >= 65 && byte <= 90 ? byte + 32 : byte)
  assert.ok(bytes.equalIgnoringCase('Joe@X.\xc4', 'jOE@x.\xc4'))
  assert.ok(!bytes.equalIgnoringCase('\xc4', '\xe4'))
})

test('a log field has no blank, no percent sign and no control; LF is a slash', () => {
  assert.equal(bytes.logSafe('a b\tc%d\ne~\x7f\xe9\0!'), 'a_b_c_d/e~___!')
  fc.assert(
    fc.property(anyBytes, (given) => assert.match(bytes.logSafe(bytes.byteString(given)), /^[!-$&-~]*$/)),
  )
})
