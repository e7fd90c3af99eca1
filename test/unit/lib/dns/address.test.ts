import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { familyOf } from '../../../../lib/dns/address.ts'

test('the text forms of both families are told apart, as the runtime does', () => {
  const texts =
    '1.2.3.4 01.2.3.4 1.2.3 1.2.3.4. 256.1.1.1 0.0.0.0 255.255.255.255 1.2.3.4.5 :: ::1 ::ffff:1.2.3.4 1::2::3 fe80::1 ' +
    '12345:: 1:2:3:4:5:6:7:8 1:2:3:4:5:6:7 a ::1.2.3.4:1 fe80::1%lo [::1] 1.2.3.4:25 :'
  for (const text of [...texts.split(' ').filter((each) => !each.includes('%')), '', ' 1.2.3.4', '::1\n'])
    assert.equal(familyOf(text) ?? 0, isIP(text), text)
  assert.equal(familyOf('fe80::1%lo'), undefined)
})

test('any address that the runtime knows is known', () => {
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => familyOf(text) === isIP(text)))
})
