/** qmail's reading of commands: qmail.md 13.1, 13.2, cases C15, C17, C19, C33. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { laxAddress, parseLax } from '../../../../lib/smtp/lax.ts'

test('the verb ends at the first space, and a tab is no space', () => {
  deepEqual(parseLax('hElO   x y'), { verb: 'HELO', name: 'x y' })
  deepEqual(parseLax('NOOP\tx'), { verb: 'other', name: 'NOOP\tX', argument: '' })
  deepEqual(parseLax(''), { verb: 'other', name: '', argument: '' })
  deepEqual(parseLax(' QUIT'), { verb: 'other', name: '', argument: 'QUIT' })
})

test('a NUL ends the line', () => {
  deepEqual(parseLax('NOOP\0junk'), { verb: 'NOOP', text: '' })
  deepEqual(parseLax('MAIL FROM:<a\0b@c>'), { verb: 'MAIL', path: 'a', parameters: [] })
})

test('the argument of DATA, RSET and QUIT is ignored', () => {
  deepEqual(parseLax('DATA now'), { verb: 'DATA' })
})

for (const [argument, address] of [
  ['TO: joe@local.example SIZE=1', 'joe@local.example'],
  ['TO:joe@local.example', 'joe@local.example'],
  ['TO:<@x,@y:joe@local.example>', 'joe@local.example'],
  ['TO:<joe@local.example', 'joe@local.example'],
  ['TO:<joe@local.example>>', 'joe@local.example'],
  ['TO: <joe@local.example> foo', 'joe@local.example'],
  ['joe@local.example', ''],
  ['TO:', ''],
  ['TO:<>', ''],
  ['', ''],
  ['TO:<@x>', ''],
  ['TO:<"a b>c"@d>', 'a b>c@d'],
  [String.raw`TO:<a\>b\\c@d>`, String.raw`a>b\c@d`],
  ['TO:<a@b\\', 'a@b'],
  ['from "<" colon: x <y@z>', '" colon: x <y@z>'.replaceAll('"', '')],
  ['TO:"a b"@c d', 'a b@c'],
] as const) {
  test(`the address in "${argument}" is "${address}"`, () => equal(laxAddress(argument), address))
}
