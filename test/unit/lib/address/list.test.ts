import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { addressTokens, completeBy, mailboxTokens } from '../../../../lib/address/complete.ts'
import { comment, envelopeForm, formatField, quoted } from '../../../../lib/address/format.ts'
import { parseAddressList } from '../../../../lib/address/list.ts'
import { tokenize } from '../../../../lib/address/token.ts'

const complete = completeBy({ defaultHost: 'dh', defaultDomain: 'dd.ee', plusDomain: 'pp.qq' })

/** The list as written, and the addresses in the order of the reading. */
function read(text: string): readonly [string, ...string[]] | 'unparsable' {
  const tokens = tokenize(text)
  const list = tokens && parseAddressList(tokens, complete)
  if (list === undefined) return 'unparsable'
  return [formatField('To', list.tokens).slice(4, -1), ...list.addresses.map(envelopeForm)]
}

test('addresses are completed where they stand, and read from the right', () => {
  deepEqual(read('a, b@x, c@y.z'), ['a@dh.dd.ee, b@x.dd.ee, c@y.z', 'c@y.z', 'b@x.dd.ee', 'a@dh.dd.ee'])
})

test('a missing comma is put between words', () => {
  deepEqual(read('djb fred'), ['djb@dh.dd.ee, fred@dh.dd.ee', 'fred@dh.dd.ee', 'djb@dh.dd.ee'])
  deepEqual(read('Joe <a@b.c> fred@x.y'), ['Joe <a@b.c>, fred@x.y', 'fred@x.y', 'a@b.c'])
  deepEqual(read('<a@b.c> <d@e.f>'), ['<a@b.c>, <d@e.f>', 'd@e.f', 'a@b.c'])
})

test('a comment moves to the right of its address', () => {
  deepEqual(read('(c) x@y.z'), ['x@y.z (c)', 'x@y.z'])
  deepEqual(read('x (a) @ (b) y.z (c), d@e.f'), ['x@y.z (a) (b) (c), d@e.f', 'd@e.f', 'x@y.z'])
  deepEqual(read('djb (c) fred'), ['djb@dh.dd.ee, fred@dh.dd.ee (c)', 'fred@dh.dd.ee', 'djb@dh.dd.ee'])
})

test('blanks within an address vanish, those of a name stay', () => {
  deepEqual(read('Joe Q. Public <joe . q @ x . y>'), ['Joe Q. Public <joe.q@x.y>', 'joe.q@x.y'])
  deepEqual(read('"a b" . c@x.y'), ['"a b".c@x.y', 'a b.c@x.y'])
})

test('a group keeps its name, and its members are addresses', () => {
  deepEqual(read('grp: a@b.c, d;, e@f.g'), ['grp: a@b.c, d@dh.dd.ee;, e@f.g', 'e@f.g', 'd@dh.dd.ee', 'a@b.c'])
  deepEqual(read('recipient list not shown: ;'), ['recipient list not shown: ;'])
  deepEqual(read('one: a@b.c; two: d@e.f;'), ['one: a@b.c;, two: d@e.f;', 'd@e.f', 'a@b.c'])
  deepEqual(read('one: a@b.c; d@e.f'), ['one: a@b.c;, d@e.f', 'd@e.f', 'a@b.c'])
})

test('a source route is dropped', () => {
  deepEqual(read('<@a,@b:joe@c.d>'), ['<joe@c.d>', 'joe@c.d'])
  deepEqual(read('X <@a:joe>'), ['X <joe@dh.dd.ee>', 'joe@dh.dd.ee'])
})

test('the empty address and @[] stay', () => {
  deepEqual(read('<>'), ['<>', ''])
  deepEqual(read('u@[], x-@y-@[]'), ['u@[], x-@y-@[]', 'x-@y-@[]', 'u@[]'])
})

test('what is no list is refused', () => {
  for (const text of ['a: b', 'a; b', 'x: a; b;;', '<a@b', 'a@b>', '<a;b>', '<<a>>'])
    equal(read(text), 'unparsable', text)
})

test('an empty list is a list', () => {
  deepEqual(read(''), [''])
  deepEqual(read(','), [','])
})

test('one dot, then one @ at the end is dropped', () => {
  deepEqual(read('joe@x.y., joe@, joe.'), [
    'joe@x.y, joe@dh.dd.ee, joe@dh.dd.ee',
    'joe@dh.dd.ee',
    'joe@dh.dd.ee',
    'joe@x.y',
  ])
})

test('a plus at the end of a host is replaced, a literal is left alone', () => {
  deepEqual(read('e+f@foo+, a@b.c+, x@[1.2]'), [
    'e+f@foo.pp.qq, a@b.c.pp.qq, x@[1.2]',
    'x@[1.2]',
    'a@b.c.pp.qq',
    'e+f@foo.pp.qq',
  ])
})

test('the host follows the last @', () => {
  deepEqual(read('a@b@c.d'), ['a@b@c.d', 'a@b@c.d'])
  deepEqual(read('a.b@c'), ['a.b@c.dd.ee', 'a.b@c.dd.ee'])
})

test('a raw address has no syntax but its last @', () => {
  const completed = (address: string) => envelopeForm(complete(addressTokens(address)))
  const cases = {
    'a b@c': 'a b@c.dd.ee',
    '-x@y': '-x@y.dd.ee',
    '(x)@y': '(x)@y.dd.ee',
    'a@b@c': 'a@b@c.dd.ee',
    '@': '@dh.dd.ee',
    '.': '.@dh.dd.ee',
    'foo+': 'foo+@dh.dd.ee',
    'u@[]': 'u@[]',
    'x@y.': 'x@y.dd.ee',
    'x@y z': 'x@y z.dd.ee',
    'x@(y).z': 'x@(y).z',
    '': '',
  }
  for (const [address, expected] of Object.entries(cases)) equal(completed(address), expected, address)
})

test('a local part with an @ of its own stays whole', () => {
  equal(envelopeForm(complete(mailboxTokens('a@b', 'c.d'))), 'a@b@c.d')
  equal(envelopeForm(complete(mailboxTokens('a@b', undefined))), 'a@b@dh.dd.ee')
})

test('a line is folded after a comma when it would pass column 80, and only there', () => {
  const field = (text: string) => formatField('To', tokenize(text) ?? [])
  const a = (length: number) => 'a'.repeat(length)
  equal(field(`${a(36)}, ${a(38)}`), `To: ${a(36)}, ${a(38)}\n`)
  equal(field(`${a(36)}, ${a(39)}`), `To: ${a(36)},\n  ${a(39)}\n`)
  equal(field(`${a(36)}, ${a(37)}, b`), `To: ${a(36)}, ${a(37)},\n  b\n`)
  equal(field(`${a(100)} ${a(100)}`), `To: ${a(100)} ${a(100)}\n`)
})

test('words are written so that they can be read back', () => {
  equal(quoted('a"b\\c'), '"a\\"b\\\\c"')
  equal(comment('a (b) \\'), '(a \\(b\\) \\\\)')
  const word = fc.string({ unit: fc.constantFrom(...'ab"\\()[]@, .\xe9') })
  fc.assert(
    fc.property(word, (text) => {
      equal(tokenize(quoted(text))?.[0]?.text, text)
      equal(tokenize(comment(text))?.length, 1)
    }),
  )
})

test('what was written is read as it was meant', () => {
  const element = fc.constantFrom(
    'a@b.c',
    'Joe Q. <a@b.c>',
    '(x (y)) "q r"@x.y',
    'g, h: a@b.c, d;',
    '<@r:a@b.c>',
    'djb fred',
    '<>',
    '"\\"\\\\" <a@[1.2]>',
    'x@y+',
    '"a\n b"@c',
    '\xe9',
  )
  fc.assert(
    fc.property(fc.array(element), fc.constantFrom(',', ', ', ' ,\n\t'), (elements, comma) => {
      const first = read(elements.join(comma))
      const second = first === 'unparsable' ? first : read(first[0])
      deepEqual(second, first)
    }),
  )
})

test('no tokens make the reader throw', () => {
  const part = fc.constantFrom('a', '"q r"', '.', '@', ',', '<', '>', '(c)', ':', ';', ' ', '[l]', '+')
  fc.assert(
    fc.property(fc.array(part), (parts) => void read(parts.join(''))),
    { numRuns: 1000 },
  )
})

test('a list of 100,000 addresses is read in time', () => {
  const list = read(Array.from({ length: 100_000 }, (_, n) => `u${n}`).join(','))
  equal(list.length, 100_001)
})
