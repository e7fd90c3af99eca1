import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { byteString } from '../../../../lib/bytes/bytes.ts'
import { tokenize } from '../../../../lib/address/token.ts'

function cut(text: string): string | undefined {
  return tokenize(text)
    ?.map(({ is, text: said, isSpaced }) => `${isSpaced ? '_' : ''}${is}${said === '' ? '' : `=${said}`}`)
    .join(' ')
}

test('an address is cut into words and specials', () => {
  equal(cut('joe.q@[1.2.3.4] (Joe)'), 'atom=joe . atom=q @ literal=1.2.3.4 _comment=Joe')
  equal(cut('"a b"<@x,@y:z@w>;'), 'quoted=a b < @ atom=x , @ atom=y : atom=z @ atom=w > ;')
})

test('backslashes hide what follows them', () => {
  equal(cut('"a\\"b" c\\,d \\@'), 'quoted=a"b _quoted=c,d _quoted=@')
  equal(cut('[a\\]b]'), 'literal=a]b')
  equal(cut('x\\'), 'quoted=x\\')
})

test('comments may nest and keep what was written in them', () => {
  equal(cut('(a (b) \\) c)d'), 'comment=a (b) \\) c atom=d')
  equal(tokenize(`${'('.repeat(100_000)}${')'.repeat(100_000)}`)?.length, 1)
})

test('an atom that could not stand unquoted becomes a quoted string', () => {
  equal(cut('\xc3\xa9'), 'quoted=\xc3\xa9')
  equal(cut('a)b a]b a\x01b'), 'quoted=a)b _quoted=a]b _quoted=a\x01b')
  equal(cut("a!#$%&'*+-/=?^_`{|}~9Z"), "atom=a!#$%&'*+-/=?^_`{|}~9Z")
})

test('what has no end, and a closing character without its opening one, is no list of tokens', () => {
  for (const text of ['"a', '"a\\"', '[a', '(a', '(a(b)', ')', 'a )', ']', 'a ]']) equal(cut(text), undefined)
})

test('a fold within a word is no part of it', () => {
  equal(cut('"a\n b" (c\n d)'), 'quoted=a b _comment=c d')
})

test('blanks and line ends only divide', () => {
  equal(cut(' \t\r\n a\n  b '), '_atom=a _atom=b')
  deepEqual(tokenize(' \n'), [])
})

test('no bytes make the tokenizer throw', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void tokenize(byteString(bytes))))
  const lexical = fc.array(fc.constantFrom(...'a.@,;:<>()[]"\\ \n')).map((parts) => parts.join(''))
  fc.assert(fc.property(lexical, (text) => void tokenize(text)))
})
