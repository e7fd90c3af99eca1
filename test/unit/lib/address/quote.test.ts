import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { domainOf, localPart, quote } from '../../../../lib/address/quote.ts'

test('a plain address stays as it is', () => {
  equal(quote('joe-foo+bar=x@local.example'), 'joe-foo+bar=x@local.example')
  equal(quote("a!#$%&'*+-/=?^_`{|}~.b@h"), "a!#$%&'*+-/=?^_`{|}~.b@h")
})

test('blanks, quotes and backslashes force quotes', () => {
  equal(quote('a b@d'), '"a b"@d')
  equal(quote('x"y@h.example'), '"x\\"y"@h.example')
  equal(quote('a\\b@d'), '"a\\\\b"@d')
  equal(quote('a\r\nb@d'), '"a\\\r\\\nb"@d')
})

test('the local part ends at the last @', () => {
  equal(quote('a@b@h'), '"a@b"@h')
})

test('misplaced dots force quotes', () => {
  equal(quote('.a.@b'), '".a."@b')
  equal(quote('a..b@c'), '"a..b"@c')
})

test('a byte above 127 forces quotes and is not escaped', () => {
  equal(quote('\xe9@z'), '"\xe9"@z')
})

test('the domain is never touched', () => {
  equal(quote('a b"c@x y'), '"a b\\"c"@x y')
})

test('an empty address stays empty, an empty local part does not', () => {
  equal(quote(''), '')
  equal(quote('@host'), '""@host')
})

test('without @ the whole is one local part', () => {
  equal(quote('nodomain'), 'nodomain')
  equal(quote('no domain'), '"no domain"')
})

test('local part and domain divide at the last @', () => {
  equal(localPart('a@b@c'), 'a@b')
  equal(domainOf('a@b@C'), 'C')
  equal(localPart('joe'), 'joe')
  equal(domainOf('joe'), undefined)
  equal(domainOf('joe@'), '')
})

test('what was quoted can be read back', () => {
  const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((n) => String.fromCharCode(n)) })
  fc.assert(
    fc.property(bytes, (local) => {
      const shown = quote(`${local}@h`)
      const inside = shown.startsWith('"') ? shown.slice(1, -3) : shown.slice(0, -2)
      equal(shown.endsWith('@h'), true)
      equal(shown.startsWith('"') ? inside.replace(/\\([^])/g, '$1') : inside, local)
    }),
  )
})
