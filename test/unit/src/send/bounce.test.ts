import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { bounceFor, paragraph } from '../../../../src/send/bounce.ts'

const settings = {
  bouncefrom: 'MAILER-DAEMON',
  bouncehost: 'mx.example.org',
  doubleBounceTo: 'joe@local.example',
  isReport: false,
  maxBytes: 50_000,
}
const now = Date.UTC(2026, 10, 22, 4, 20, 47)

describe('a paragraph', () => {
  test('E1: recipient, report, blank line', () => {
    equal(
      paragraph('550c@remote.example', '127.0.0.1 does not like recipient.\nGiving up on 127.0.0.1.\n'),
      '<550c@remote.example>:\n127.0.0.1 does not like recipient.\nGiving up on 127.0.0.1.\n\n',
    )
  })
  test('D25: a line feed after a line feed becomes a slash', () => {
    equal(paragraph('a@b', 'line1\n\n\nline2\n\nend'), '<a@b>:\nline1\n//line2\n/end\n\n')
  })
  test('a report that begins with a line feed does not end the paragraph', () => {
    equal(paragraph('a@b', '\nx\n'), '<a@b>:\n/x\n\n')
  })
  test('an empty report leaves the recipient alone', () => {
    equal(paragraph('a@b', ''), '<a@b>:\n\n')
  })
  test('a line feed in the recipient becomes _', () => {
    equal(paragraph('a\nb@c', 'x'), '<a_b@c>:\nx\n\n')
  })
  test('whatever is reported, only its end has a blank line', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '\n') }), (report) => {
        const text = paragraph('r', report)
        equal(text.endsWith('\n\n'), true)
        equal(text.replace(/\n+$/, '').includes('\n\n'), false)
      }),
    )
  })
})

describe('a bounce', () => {
  test('F1: to the sender, from nobody', () => {
    deepEqual(bounceFor('joe@local.example', settings, now), {
      envelope: { sender: '', recipients: ['joe@local.example'] },
      header:
        'Date: 22 Nov 2026 04:20:47 -0000\n' +
        'From: MAILER-DAEMON@mx.example.org\n' +
        'To: joe@local.example\n' +
        'Subject: failure notice\n',
      greeting:
        'Hi. This is the qmail-send program at mx.example.org.\n' +
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n" +
        "This is a permanent error; I've given up. Sorry it didn't work out.\n" +
        '\n',
      divider: '--- Below this line is a copy of the message.\n\nReturn-Path: <joe@local.example>\n',
    })
  })

  test('F3: of a bounce, from #@[] to the postmaster', () => {
    deepEqual(bounceFor('', settings, now), {
      envelope: { sender: '#@[]', recipients: ['joe@local.example'] },
      header:
        'Date: 22 Nov 2026 04:20:47 -0000\n' +
        'From: MAILER-DAEMON@mx.example.org\n' +
        'To: joe@local.example\n' +
        'Subject: failure notice\n',
      greeting:
        'Hi. This is the qmail-send program at mx.example.org.\n' +
        'I tried to deliver a bounce message to this address, but the bounce bounced!\n' +
        '\n',
      divider: '--- Below this line is the original bounce.\n\nReturn-Path: <>\n',
    })
  })

  test('F4: of a double bounce there is none', () => {
    equal(bounceFor('#@[]', settings, now), undefined)
  })

  test('F8: addresses in the header are quoted', () => {
    const bounce = bounceFor('we ird"x@local.example', settings, now)
    equal(bounce?.header.split('\n')[2], 'To: "we ird\\"x"@local.example')
    equal(bounce?.divider.includes('Return-Path: <"we ird\\"x"@local.example>\n'), true)
    const from = bounceFor('a@b', { ...settings, bouncefrom: 'mail daemon@home', bouncehost: 'x y' }, now)
    equal(from?.header.split('\n')[1], 'From: "mail daemon@home"@x y')
  })

  test('a VERP sender is told without its mark', () => {
    const bounce = bounceFor('owner-@host-@[]', settings, now)
    deepEqual(bounce?.envelope, { sender: '', recipients: ['owner-@host'] })
    equal(bounce?.divider.includes('Return-Path: <owner-@host>\n'), true)
  })
})
