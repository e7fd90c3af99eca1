/** The Received field: qmail.md 13.4. */
import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { receivedField } from '../../../../src/smtpd/received.ts'

const date = '22 Nov 2026 04:20:47 -0000'
const now = Date.UTC(2026, 10, 22, 4, 20, 47)

function field(own: Record<string, string>, helo?: string, protocol = 'SMTP'): string {
  const greeting = helo === undefined ? undefined : { name: helo, isExtended: false }
  return receivedField({ own, shared: {} }, greeting, protocol, now)
}

const known = { TCPREMOTEHOST: 'client.example', TCPREMOTEIP: '127.0.0.9', TCPLOCALHOST: 'mx.example.org' }

test('C42: nothing is known', () => {
  equal(field({}), `Received: from unknown (unknown)\n  by unknown with SMTP; ${date}\n`)
})

test('the name that the client gave stands there when it is another one', () => {
  equal(
    field(known, 'other'),
    `Received: from client.example (HELO other) (127.0.0.9)\n  by mx.example.org with SMTP; ${date}\n`,
  )
  equal(
    field(known, 'CLIENT.example'),
    `Received: from client.example (127.0.0.9)\n  by mx.example.org with SMTP; ${date}\n`,
  )
  equal(
    field(known, ''),
    `Received: from client.example (HELO ) (127.0.0.9)\n  by mx.example.org with SMTP; ${date}\n`,
  )
})

test('the user that the client named stands before its address', () => {
  equal(field({ ...known, TCPREMOTEINFO: 'joe' }).includes(' (joe@127.0.0.9)\n'), true)
})

test('the address of this host stands for its name', () => {
  equal(field({ TCPLOCALIP: '192.0.2.1' }).includes('by 192.0.2.1 with'), true)
})

test('no byte of the client forges a header', () => {
  const forged = field({ ...known, TCPREMOTEHOST: 'a\nX: b(c)"d;é' }, 'x\r\n.\r\n<y>[::1]', 'ESMTP')
  equal(
    forged,
    `Received: from a?X:?b?c??d?? (HELO x??.???y?[::1]) (127.0.0.9)\n  by mx.example.org with ESMTP; ${date}\n`,
  )
})
