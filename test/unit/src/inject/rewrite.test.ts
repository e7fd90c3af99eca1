/** Cases K of the contract and what else the page of inject says, without a process. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../../../lib/bytes/bytes.ts'
import type { Controls } from '../../../../lib/control/controls.ts'
import { ok } from '../../../../lib/failure/failure.ts'
import { FieldReader } from '../../../../lib/header/fields.ts'
import { parseOptions } from '../../../../lib/program/options.ts'
import { rewrite } from '../../../../src/inject/rewrite.ts'
import { optionLetters, settingsFrom } from '../../../../src/inject/settings.ts'

const moment = { nowMs: Date.UTC(2026, 10, 22, 4, 20, 47), pid: 4711 }
const T = moment.nowMs / 1000

const controls: Controls = {
  line: () => ok(undefined),
  integer: () => ok(undefined),
  list: () => ok(undefined),
  lineOrMe: () => ok('mx.example.org'),
  listOrMe: () => ok(undefined),
  profile: () => ok('qmail'),
}

interface Call {
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly lists?: readonly string[]
}

/** The header after rewriting, without Date and Message-ID, and the envelope. */
function inject(message: string, { argv = [], env = { USER: 'joe' }, lists }: Call = {}) {
  const parsed = parseOptions(argv, optionLetters)
  const reader = new FieldReader(100_000)
  const read = reader.receive(bytesOf(message))
  const header = read.ok && read.value === undefined ? reader.finish() : read
  if (!parsed.ok || !header.ok || header.value === undefined) throw new Error('bad call')
  const settings = settingsFrom(parsed.value.options, env, controls, lists && new Set(lists))
  if (!settings.ok) throw new Error(settings.failure.text)
  const result = rewrite(header.value.fields, parsed.value.operands, settings.value, moment)
  if (!result.ok)
    return { trouble: `${result.failure.retry} ${result.failure.text}`, header: '', sender: '', to: [] }
  return {
    trouble: undefined,
    all: result.value.header,
    header: result.value.header.replace(/^(Resent-)?(Date|Message-ID): .*\n/gm, ''),
    sender: result.value.envelope.sender,
    to: result.value.envelope.recipients,
  }
}

const from = 'From: joe@mx.example.org\n'
const toNobody = 'Cc: recipient list not shown: ;\n'

test('K2: addresses are completed, Bcc is gone, the envelope has each field from the right', () => {
  const { header, to } = inject(
    'To: bob, Joe Q <al@x>, "q q"@h, grp: a@b, c@d;, e+f@foo+\nCc: (c) x.y@[1.2.3.4]\nBcc: secret@s\n\n',
  )
  equal(
    header,
    `${from}To: bob@mx.example.org, Joe Q <al@x.mx.example.org>, "q q"@h.mx.example.org,\n` +
      '  grp: a@b.mx.example.org, c@d.mx.example.org;, e+f@foo.mx.example.org\nCc: x.y@[1.2.3.4] (c)\n',
  )
  deepEqual(to, [
    'e+f@foo.mx.example.org',
    'c@d.mx.example.org',
    'a@b.mx.example.org',
    'q q@h.mx.example.org',
    'al@x.mx.example.org',
    'bob@mx.example.org',
    'x.y@[1.2.3.4]',
    'secret@s.mx.example.org',
  ])
})

test('K6: a message for nobody is queued for nobody', () => {
  deepEqual(inject('\n'), { ...inject('\n'), header: from + toNobody, sender: 'joe@mx.example.org', to: [] })
})

test('K7: a message that is sent on gets fields of its own, and goes to them only', () => {
  const { all, to } = inject('Resent-To: r@r.r\nTo: bob@b.b\nFrom: x@x.x\n\n')
  equal(
    all,
    'Resent-Date: 22 Nov 2026 04:20:47 -0000\nResent-Message-ID: <20261122042047.4711.qmail@mx.example.org>\n' +
      'Resent-From: joe@mx.example.org\nResent-To: r@r.r\nTo: bob@b.b\nFrom: x@x.x\n',
  )
  deepEqual(to, ['r@r.r'])
  equal(
    inject('Resent-Bcc: r@r.r\nResent-Date: x\n\n', { lists: ['r@r.r'] }).header,
    `Resent-${from}Resent-${toNobody}`,
  )
})

test('K8: a Return-Path is the sender, unless told to be ignored, and never travels', () => {
  const message = 'Return-Path: <rp@rp.rp>\nTo: a@b.c\n\n'
  equal(inject(message).sender, 'rp@rp.rp')
  equal(inject(message).header, `${from}To: a@b.c\n`)
  equal(inject(message, { env: { USER: 'joe', QMAILINJECT: 's' } }).sender, 'joe@mx.example.org')
  equal(inject(message, { env: { QMAILINJECT: 'r' } }).sender, 'rp@rp.rp-@[]')
  equal(inject('Return-Path: <>\n\n').sender, '')
  equal(inject(message, { argv: ['-f', 'x'] }).sender, 'x@mx.example.org')
})

test('K10: -f is taken as it is, and completed', () => {
  equal(inject('\n', { argv: ['-f', ''] }).sender, '')
  equal(inject('\n', { argv: ['-f', '<>'] }).sender, '<>@mx.example.org')
  equal(inject('\n', { argv: ['-fjoe'], env: { QMAILINJECT: 'rm' } }).sender, 'joe@mx.example.org')
})

test('K11: senders for each recipient and for each message', () => {
  const sender = (letters: string) => inject('\n', { env: { USER: 'joe', QMAILINJECT: letters } }).sender
  equal(sender('r'), 'joe-@mx.example.org-@[]')
  equal(sender('m'), `joe-${T}.4711@mx.example.org`)
  equal(sender('rm'), `joe-${T}.4711-@mx.example.org-@[]`)
})

test('K12: the name of the author is quoted, or a comment', () => {
  const env = { USER: 'joe', QMAILNAME: 'Joe Q. Public' }
  equal(inject('To: a@b.c\n', { env }).header, 'From: "Joe Q. Public" <joe@mx.example.org>\nTo: a@b.c\n')
  equal(
    inject('To: a@b.c\n', { env: { ...env, QMAILINJECT: 'c' } }).header,
    'From: joe@mx.example.org (Joe Q. Public)\nTo: a@b.c\n',
  )
  const odd = { USER: 'joe', NAME: 'J "x" (y) \\\n z' }
  equal(
    inject('To: a@b.c\n', { env: odd }).header.split('\n')[0],
    'From: "J \\"x\\" (y) \\\\  z" <joe@mx.example.org>',
  )
})

test('K14: author and sender may be told apart', () => {
  const env = { QMAILUSER: 'u u', QMAILHOST: 'hh', QMAILSUSER: 'su', QMAILSHOST: 'sh.sh' }
  const { header, sender } = inject('\n', { argv: ['-n'], env })
  equal(header, `Return-Path: <su@sh.sh>\nFrom: "u u"@hh.mx.example.org\n${toNobody}`)
  equal(sender, 'su@sh.sh')
})

test('K15: without a name it is anonymous; an empty variable is none', () => {
  equal(inject('\n', { env: {} }).sender, 'anonymous@mx.example.org')
  equal(inject('\n', { env: { QMAILUSER: '', LOGNAME: 'l' } }).sender, 'l@mx.example.org')
})

test('K16: variables win over control files', () => {
  const env = {
    USER: 'joe',
    QMAILDEFAULTHOST: 'dh',
    QMAILDEFAULTDOMAIN: 'dd.ee',
    QMAILPLUSDOMAIN: 'pp.qq',
    QMAILIDHOST: 'ii',
  }
  const { all = '', sender } = inject('To: a\nCc: b@x+\n', { env })
  equal(all.includes('To: a@dh.dd.ee\nCc: b@x.pp.qq\n'), true)
  equal(/^Message-ID: <[0-9.]+qmail@ii>$/m.test(all), true)
  equal(sender, 'joe@dh.dd.ee')
})

test('K18, K20: an mbox line and Received stay in place, Content-Length goes', () => {
  equal(
    inject('From foo Mon\nReceived: x\n y\nContent-Length: 5\nTo: a@b.c\n').header,
    `${from}MBOX-Line: From foo Mon\nReceived: x\n y\nTo: a@b.c\n`,
  )
})

test('K23: bytes beyond ASCII are quoted in an address, and kept elsewhere', () => {
  equal(inject('To: \xe9@z.w\nSubject: \xe9\n').header, `${from}To: "\xe9"@z.w\nSubject: \xe9\n`)
})

test('K26: recipients of the command line are raw', () => {
  const { to } = inject('To: not@here\n', {
    argv: ['a b@c', '-x@y', '(x)@y', 'a@b@c', '@', '.', 'foo+', 'u@[]', 'x@y.'],
  })
  const me = 'mx.example.org'
  deepEqual(to, [
    `a b@c.${me}`,
    `-x@y.${me}`,
    `(x)@y.${me}`,
    `a@b@c.${me}`,
    `@${me}`,
    `.@${me}`,
    `foo+@${me}`,
    'u@[]',
    `x@y.${me}`,
  ])
})

test('who gets it: arguments, header, either or both', () => {
  const to = (...argv: readonly string[]) => inject('To: h@h.h\n', { argv }).to.join(' ')
  equal(to('a@a.a'), 'a@a.a')
  equal(to(), 'h@h.h')
  equal(to('-A', 'a@a.a'), 'a@a.a')
  equal(to('-a'), '')
  equal(to('-h', 'a@a.a'), 'h@h.h')
  equal(to('-H', 'a@a.a'), 'a@a.a h@h.h')
  equal(to('-h', '-a', 'a@a.a'), 'a@a.a')
})

test('fields that are there are not made again, in any case', () => {
  const message = 'DATE: x\nmessage-id: <y>\nfrom: A@b.c\nCC: d@e.f\n'
  equal(inject(message).all, 'DATE: x\nmessage-id: <y>\nfrom: A@b.c\nCC: d@e.f\n')
})

test('an incoming From or Message-ID may be deleted', () => {
  const { all = '' } = inject('From: x@x.x\nMessage-ID: <y>\nTo: a@b.c\n', {
    env: { USER: 'joe', QMAILINJECT: 'fi' },
  })
  equal(all.includes('x@x.x') || all.includes('<y>'), false)
  equal(all.includes(from) && all.includes('.qmail@mx.example.org>'), true)
})

test('a sender field that cannot be parsed is refused with its line', () => {
  equal(inject('From: a@b\n (c\n\n').trouble, 'never unable to parse this line:\nFrom: a@b\n (c')
  equal(
    inject('Reply-To: <a\n\n', { argv: ['x@y.z'] }).trouble,
    'never unable to parse this line:\nReply-To: <a',
  )
})

test('a recipient field that cannot be parsed stays as it is, unless nobody else would get the message', () => {
  const { header, to } = inject('To: (a\nCc: b@b.b\n')
  equal(header, `${from}To: (a\nCc: b@b.b\n`)
  deepEqual(to, ['b@b.b'])
  equal(inject('To: (a\n', { argv: ['x@y.z'] }).header, `${from}To: (a\n`)
  equal(inject('To: (a\n').trouble, 'never unable to parse this line:\nTo: (a')
})

test('an empty address field, and an empty address, have no recipient', () => {
  const { header, to } = inject('To:\nCc: <>, a@b.c\n')
  equal(header, `${from}To:\nCc: <>, a@b.c\n`)
  deepEqual(to, ['a@b.c'])
})

test('who writes to a list of his gets a Mail-Followup-To of all, the last first', () => {
  const message = 'To: List@l.l, b@b.b\nCc: "c c"@c.c\n'
  const added = 'Mail-Followup-To: "c c"@c.c,\n  List@l.l,\n  b@b.b\n'
  equal(inject(message, { lists: ['list@l.l'] }).header, from + added + message)
  equal(inject(message, { lists: ['other@l.l'] }).header, from + message)
  equal(inject(`Mail-Followup-To: x@y.z\n${message}`, { lists: ['list@l.l'] }).header.includes(added), false)
})
