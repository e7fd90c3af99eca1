import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { bytesOf } from '../../../../lib/bytes/bytes.ts'
import { GIVEN_UP, paragraph } from '../../../../src/send/bounce.ts'
import { failureOf, PARAGRAPH_BYTES, ParagraphReader } from '../../../../src/send/report.ts'

/** Cut into pieces of this size. */
function read(text: string, size = 7): readonly string[] {
  const reader = new ParagraphReader()
  const found: string[] = []
  for (let at = 0; at < text.length; at += size)
    found.push(...reader.receive(bytesOf(text.slice(at, at + size))))
  return [...found, ...reader.end()]
}

const statusOf = (report: string) => failureOf(paragraph('a@b', report))?.status

describe('the paragraphs of a bounce file', () => {
  test('wherever it is cut, each comes once and in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', '\n', '<', '>:') })),
        fc.integer({ min: 1, max: 20 }),
        (reports, size) => {
          const recipients = reports.map((_, i) => `r${i}@x`)
          const text = reports.map((report, i) => paragraph(recipients[i] ?? '', report)).join('')
          deepEqual(
            read(text, size).map((one) => failureOf(one)?.recipient),
            recipients,
          )
        },
      ),
    )
  })

  test('one that is longer than the cap is passed over, and the next is read', () => {
    const head = '<a@b>:\n'
    const whole = `${head}${'x'.repeat(PARAGRAPH_BYTES - head.length - 1)}\n\n`
    const over = `${head}${'x'.repeat(PARAGRAPH_BYTES - head.length)}\n\n`
    for (const size of [1000, 100_000]) {
      deepEqual(read(`${whole}<c@d>:\nno\n\n`, size).length, 2)
      deepEqual(read(`${over}<c@d>:\nno\n\n`, size), ['<c@d>:\nno\n'])
    }
  })

  test('one that is torn at the end is read as far as it goes', () => {
    deepEqual(read('<a@b>:\nno\n\n<c@d>:\nn'), ['<a@b>:\nno\n', '<c@d>:\nn'])
  })
})

describe('a paragraph', () => {
  test('that names no recipient tells of none', () => {
    for (const text of ['', 'no\n', '<a@b>\nno\n', '<>:\nno\n', 'x<a@b>:\n'])
      equal(failureOf(text), undefined, text)
  })
  test('a recipient may have any byte in it', () => {
    equal(failureOf('<a>:<\xff b@c>:\nno\n')?.recipient, 'a>:<\xff b@c')
  })

  test('the status is the one in qmail’s brackets', () => {
    equal(statusOf('Sorry, no mailbox here by that name. (#5.1.1)\n'), '5.1.1')
    equal(statusOf('Sorry, no mailbox. (#5.1.1 - chkuser)\n'), '5.1.1')
  })
  test('the far server’s own status comes first, when its class is that of its code', () => {
    equal(statusOf('1.2.3.4 does not like recipient.\nRemote host said: 550 5.7.26 no (#5.1.1)\n'), '5.7.26')
    equal(statusOf('1.2.3.4 does not like recipient.\nRemote host said: 550-5.7.1 a\n550 b\n'), '5.7.1')
    equal(statusOf('Remote host said: 550 4.7.1 no (#5.1.1)\n'), '5.1.1')
    equal(statusOf('Remote host said: 550 2.1.1 no\n'), '5.0.0')
    equal(statusOf('Remote host said: 550 5.1.1.1 no\n'), '5.0.0')
  })
  test('without one it is 5.0.0, and 4.4.7 when the message was given up', () => {
    equal(statusOf('no (#2.1.1) (#5.1) (#5.1.1111)\n'), '5.0.0')
    equal(statusOf(''), '5.0.0')
    equal(statusOf(`later\n${GIVEN_UP}`), '4.4.7')
    equal(statusOf(`died. (#4.4.2)\n${GIVEN_UP}`), '4.4.2')
  })

  test('the reply is the lines that have a code', () => {
    const report =
      '127.0.0.1 does not like recipient.\nRemote host said: 550-first line\n550 rejected by rule\nGiving up on 127.0.0.1.\n'
    deepEqual(failureOf(paragraph('a@b', report)), {
      recipient: 'a@b',
      status: '5.0.0',
      reply: ['550-first line', '550 rejected by rule'],
      remoteAddress: '127.0.0.1',
    })
  })
  test('what is no reply is none', () => {
    for (const report of ['Remote host said: hello\n', 'He said: Remote host said: 550 no\n', '550 no\n'])
      deepEqual(failureOf(paragraph('a@b', report))?.reply, [], report)
  })
  test('the server is named by each sentence of remote, and by an address alone', () => {
    const address = (report: string) => failureOf(paragraph('a@b', report))?.remoteAddress
    equal(address('Connected to 192.0.2.1 but sender was rejected.\n'), '192.0.2.1')
    equal(address('2001:db8::1 failed after I sent the message.\n'), '2001:db8::1')
    equal(address('192.0.2.1 failed on DATA command.\n'), '192.0.2.1')
    equal(address('Giving up on 192.0.2.9.\n'), '192.0.2.9')
    equal(address('Giving up on 192.0.2.999.\n'), undefined)
    equal(address('me does not like recipient.\n'), undefined)
  })
})
