import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalName, isDomainName } from '../../../../lib/dns/name.ts'

test('a name is asked for in lower case and without its final dot', () => {
  assert.equal(canonicalName('Mail.EXAMPLE.Org.'), 'mail.example.org')
  assert.equal(canonicalName('.'), '')
  assert.equal(canonicalName('a..'), 'a.')
})

test('labels of 63 bytes and names of 253 are the longest', () => {
  const label = 'x'.repeat(63)
  assert.equal(isDomainName(`${label}.org`), true)
  assert.equal(isDomainName(`${label}x.org`), false)
  const name = `${label}.${label}.${label}.${'y'.repeat(61)}`
  assert.equal(name.length, 253)
  assert.equal(isDomainName(name), true)
  assert.equal(isDomainName(`${name}y`), false)
})

test('empty labels, blanks, controls and bytes above 126 are no names', () => {
  for (const name of ['', '.', 'a..b', '.a', 'a.', 'a b', 'a\nb', 'a\0', 'm\xe4il.example', '\x7f'])
    assert.equal(isDomainName(name), false, JSON.stringify(name))
  for (const name of ['a', '_dmarc.example', 'xn--mil-qla.example', '1.2.3.4'])
    assert.equal(isDomainName(name), true, name)
})
