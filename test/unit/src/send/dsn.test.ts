import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { humanPart, recipientFields, statusPart } from '../../../../src/send/dsn.ts'

const failure = { recipient: 'joe@remote.example', status: '5.1.1', reply: [] }

test('a failure without a server has three fields', () => {
  equal(
    recipientFields(failure),
    '\nFinal-Recipient: rfc822; joe@remote.example\nAction: failed\nStatus: 5.1.1\n',
  )
})

test('a failure at a server has its address and its words, folded', () => {
  const reply = ['550-first line', `550 ${'word '.repeat(20)}end`]
  equal(
    recipientFields({ ...failure, reply, remoteAddress: '2001:db8::1' }),
    '\nFinal-Recipient: rfc822; joe@remote.example\nAction: failed\nStatus: 5.1.1\n' +
      'Remote-MTA: dns; [IPv6:2001:db8::1]\n' +
      'Diagnostic-Code: smtp; 550-first line\n' +
      ` 550${' word'.repeat(14)}\n${' word'.repeat(6)} end\n`,
  )
})

const final = (recipient: string) =>
  /^Final-Recipient: (.*)$/m.exec(recipientFields({ ...failure, recipient }))?.[1]

test('an address is quoted where it has to be', () => {
  equal(final('we ird@x'), 'rfc822; "we ird"@x')
  equal(final('a\rb@x'), 'rfc822; "a\\?b"@x')
})

test('an address in UTF-8 is of that type, in ASCII', () => {
  equal(final('j\xc3\xb6 +=\\@x'), 'utf-8; j\\x{F6}\\x{20}\\x{2B}\\x{3D}\\x{5C}@x')
  equal(final('\xf0\x9f\x98\x80@x'), 'utf-8; \\x{1F600}@x')
})

test('an address that is no UTF-8 has no byte above 127', () => {
  equal(final('j\xf6@x'), 'rfc822; "j?"@x')
})

test('whatever is told, the fields are ASCII, in order, without an empty line, in lines of less than 998 bytes', () => {
  const bytes = fc.string({ unit: fc.constantFrom('a', '\xff', '\xc3\xb6', ' ', '\n', '\r', '\0', '5', '-') })
  fc.assert(
    fc.property(bytes, fc.array(bytes), fc.integer({ min: 1, max: 3000 }), (word, reply, times) => {
      const fields = recipientFields({
        ...failure,
        recipient: `r${word.repeat(times)}`,
        reply: [word.repeat(times), ...reply],
      })
      ok(/^\n(?:[A-Z][A-Za-z-]+: [ -~]*\n(?: [!-~][ -~]*\n)*){3,4}$/.test(fields), fields)
      ok(fields.split('\n').every((line) => line.length < 998))
    }),
  )
})

test('the fields of the message: the host cannot break out of its line', () => {
  equal(
    statusPart('B', { host: 'mx\n.example', birthSeconds: 0, envelopeId: 'Q Q' }),
    '\n--B\nContent-Type: message/delivery-status\nContent-Description: Delivery report\n' +
      'Content-Transfer-Encoding: 7bit\n\nOriginal-Envelope-Id: Q Q\nReporting-MTA: dns; mx?.example\n' +
      'Arrival-Date: 1 Jan 1970 00:00:00 -0000\n',
  )
})

test('words above 127 are 8bit, and said to be UTF-8 only when they are', () => {
  const part = (hasHighBytes: boolean, isUtf8: boolean) => humanPart('B', { hasHighBytes, isUtf8 })
  ok(part(false, true).includes('charset=us-ascii\n') && part(false, true).includes('Encoding: 7bit\n'))
  ok(part(true, true).includes('charset=utf-8\n') && part(true, true).includes('Encoding: 8bit\n'))
  ok(part(true, false).includes('charset=unknown-8bit\n'))
})
