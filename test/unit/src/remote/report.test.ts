import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { ended, notFound, printed, relayNotFound } from '../../../../src/remote/report.ts'

test('a host that is not found has its words, with strange bytes shown as question marks', () => {
  equal(
    printed(notFound('nosuch', 'no host\xe9.example')),
    "DSorry, I couldn't find any host named no?host?.example. (#5.1.2)\n\0",
  )
  equal(printed(notFound('later', 'h')), "ZSorry, I couldn't find any host by that name. (#4.1.2)\n\0")
  equal(
    printed(notFound('nowhere', 'h')),
    "DSorry, I couldn't find a mail exchanger or IP address. (#5.4.4)\n\0",
  )
  equal(
    printed(notFound('ambiguous', 'h')),
    "DSorry. Although I'm listed as a best-preference MX or A for that host,\n" +
      "it isn't in my control/locals file, so I don't treat it as local. (#5.4.6)\n\0",
  )
  equal(printed(notFound('nullmx', 'h')), 'DSorry, the host named h does not accept mail. (#5.1.10)\n\0')
})

test('a relay that is not found bounces in profile qmail only', () => {
  equal(
    printed(relayNotFound('nosuch', 'relay', 'qmail')),
    "DSorry, I couldn't find any host named relay. (#5.1.2)\n\0",
  )
  equal(
    printed(relayNotFound('nosuch', 'relay', 'modern')),
    "ZSorry, I couldn't find any host by that name. (#4.1.2)\n\0",
  )
})

test('a report ends at its NUL and has no other', () => {
  const reply = { code: 250, text: 'a\0b\n' }
  const report = ended({ recipients: [], message: { is: 'accepted', reply } }, '192.0.2.1')
  equal(printed(report), 'K192.0.2.1 accepted message.\nRemote host said: a?b\n\0')
})

test('addresses that no command can say are refused for good, each by itself', () => {
  const report = ended({ recipients: [{ is: 'unsendable' }], message: { is: 'noRecipient' } }, '192.0.2.1')
  equal(
    printed(report),
    'hSorry, that address cannot be said in SMTP. (#5.1.3)\n\0DGiving up on 192.0.2.1.\n\0',
  )
  equal(
    printed(ended({ recipients: [], message: { is: 'unsendable' } }, '192.0.2.1')),
    'DSorry, the sender address cannot be said in SMTP. (#5.1.7)\n\0',
  )
})

test('a message that cannot be read is trouble for now', () => {
  equal(
    printed(ended({ recipients: [], message: { is: 'unreadable' } }, '192.0.2.1')),
    'ZUnable to read message. (#4.3.0)\n\0',
  )
})
