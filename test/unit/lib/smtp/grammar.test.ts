/** The grammar of commands: what it accepts, what it refuses, and that writing and reading a command are inverse. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { type Command, formatCommand } from '../../../../lib/smtp/command.ts'
import { parseCommand, realSenders } from '../../../../lib/smtp/grammar.ts'
import { renderReply } from '../../../../lib/smtp/reply.ts'

function path(line: string, leniency = {}): string | undefined {
  const parsed = parseCommand(line, leniency)
  return parsed.verb === 'MAIL' || parsed.verb === 'RCPT' ? parsed.path : undefined
}

function replyTo(line: string): string | undefined {
  const parsed = parseCommand(line, realSenders)
  return parsed.verb === 'malformed' ? renderReply(parsed.reply, 'modern').trim() : undefined
}

const atom = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]{1,12}$/)
const dotString = fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join('.'))
const quoted = fc.stringMatching(/^[ -~]{0,20}$/)
const label = fc.stringMatching(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,10}[A-Za-z0-9])?$/)
const domain = fc.oneof(
  fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.')),
  fc.ipV4().map((ip) => `[${ip}]`),
  fc.ipV6().map((ip) => `[IPv6:${ip}]`),
)
const mailbox = fc.tuple(fc.oneof(dotString, quoted), domain).map(([local, host]) => `${local}@${host}`)
const parameter = fc.tuple(
  fc.stringMatching(/^[A-Z0-9][A-Z0-9-]{0,9}$/),
  fc.option(fc.stringMatching(/^[!-<>-~]{1,20}$/), { nil: undefined }),
)
const parameters = fc
  .array(parameter, { maxLength: 5 })
  .map((list) => list.map(([keyword, value]) => (value === undefined ? { keyword } : { keyword, value })))
const word = fc.stringMatching(/^[!-~][ -~]{0,20}$/)

const plain = { noNullPrototype: true } as const

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ verb: fc.constantFrom('HELO', 'EHLO'), name: domain }, plain),
  fc.record({ verb: fc.constant('MAIL'), path: fc.oneof(mailbox, fc.constant('')), parameters }, plain),
  fc.record(
    { verb: fc.constant('RCPT'), path: fc.oneof(mailbox, fc.constant('Postmaster')), parameters },
    plain,
  ),
  fc.record({ verb: fc.constantFrom('DATA', 'RSET', 'QUIT') }, plain),
  fc.record(
    { verb: fc.constantFrom('VRFY', 'EXPN', 'HELP', 'NOOP'), text: fc.oneof(word, fc.constant('')) },
    plain,
  ),
  fc.record(
    {
      verb: fc.constant('other'),
      name: fc.stringMatching(/^X[A-Z0-9]{1,8}$/),
      argument: fc.oneof(word, fc.constant('')),
    },
    plain,
  ),
) as fc.Arbitrary<Command>

test('a command that was written is read back as it was, strictly and with leniency', () => {
  fc.assert(
    fc.property(command, (one) => {
      deepEqual(parseCommand(formatCommand(one)), one)
      deepEqual(parseCommand(formatCommand(one), realSenders), one)
    }),
    { numRuns: 500 },
  )
})

test('no line of any bytes makes the parser throw', () => {
  const line = fc.oneof(
    fc.string({ unit: fc.nat(255).map((byte) => String.fromCharCode(byte)), maxLength: 300 }),
    fc
      .tuple(
        fc.constantFrom('MAIL FROM:', 'RCPT TO:', 'EHLO ', 'MAIL FROM:<a@b> '),
        fc.string({ maxLength: 60 }),
      )
      .map((two) => two.join('')),
  )
  fc.assert(
    fc.property(line, (text) => void parseCommand(text, realSenders)),
    { numRuns: 1000 },
  )
})

test('verbs are told apart without regard to case', () => {
  deepEqual(parseCommand('mAiL fRoM:<a@b.c>'), { verb: 'MAIL', path: 'a@b.c', parameters: [] })
  deepEqual(parseCommand('quit'), { verb: 'QUIT' })
  deepEqual(parseCommand('xyzzy 1 2'), { verb: 'other', name: 'XYZZY', argument: '1 2' })
})

test('a null reverse-path is kept as empty; a null forward-path is none', () => {
  equal(path('MAIL FROM:<>'), '')
  equal(path('RCPT TO:<>'), undefined)
})

test('only the postmaster may stand without a domain, and only as a recipient', () => {
  equal(path('RCPT TO:<PostMaster>'), 'PostMaster')
  equal(path('MAIL FROM:<postmaster>'), undefined)
  equal(path('RCPT TO:<joe>'), undefined)
})

test('a source route is read and forgotten', () => {
  equal(path('RCPT TO:<@x.example,@y.example:joe@local.example>'), 'joe@local.example')
  equal(path('RCPT TO:<@x.example:>'), undefined)
  equal(path('RCPT TO:<@:joe@local.example>'), undefined)
})

test('a quoted local part loses its quotes and its backslashes', () => {
  equal(path('MAIL FROM:<"a b"@c.example>'), 'a b@c.example')
  equal(path(String.raw`MAIL FROM:<"a\"b\\c@d"@e.example>`), String.raw`a"b\c@d@e.example`)
  equal(path('MAIL FROM:<""@c.example>'), '@c.example')
  equal(path('MAIL FROM:<"a@c.example>'), undefined)
})

test('address literals are domains', () => {
  equal(path('RCPT TO:<joe@[192.0.2.1]>'), 'joe@[192.0.2.1]')
  equal(path('RCPT TO:<joe@[IPv6:2001:db8::1]>'), 'joe@[IPv6:2001:db8::1]')
  equal(path('RCPT TO:<joe@192.0.2.1]>'), undefined)
})

test('what is no path is refused', () => {
  for (const bad of [
    'a@b.c',
    '<a@b.c',
    'a@b.c>',
    '<a@b.c>>',
    '<a@b..c>',
    '<a@.c>',
    '<a@b.c.>',
    '<a@-b.c>',
    '<a b@c.d>',
    '<a@b c>',
    '<@b.c>',
    '<a>',
    '<a@>',
    '<a\0b@c.d>',
    '<é@b.c>',
    '<a@b.c> SIZE',
    '<a@b.c>SIZE=1',
    `<a@${'b'.repeat(256)}>`,
  ]) {
    const expected = bad === '<a@b.c> SIZE' ? 'a@b.c' : undefined
    equal(path(`MAIL FROM:${bad}`, realSenders), expected, bad)
  }
  equal(path(`MAIL FROM:<a@${'b'.repeat(255)}>`), `a@${'b'.repeat(255)}`)
})

test('a domain of 255 octets is one, and of 256 is none', () => {
  equal(path(`RCPT TO:<a@${'b.'.repeat(127)}c>`) !== undefined, true)
  equal(path(`RCPT TO:<a@${'b.'.repeat(127)}cd>`), undefined)
})

test('each leniency is off unless asked for', () => {
  for (const line of [
    'MAIL FROM: <a@b.c>',
    'MAIL FROM:<a..b@c.d>',
    'MAIL FROM:<.a.@c.d>',
    'MAIL FROM:<a@my_pc.c>',
  ]) {
    equal(path(line), undefined, line)
    equal(path(line, realSenders) !== undefined, true, line)
  }
  equal(parseCommand('EHLO my_pc').verb, 'malformed')
  deepEqual(parseCommand('EHLO my_pc', realSenders), { verb: 'EHLO', name: 'my_pc' })
})

test('parameters come with their keyword in upper case and their value untouched', () => {
  deepEqual(parseCommand('MAIL FROM:<a@b.c> size=12 Body=8bitMIME X-y'), {
    verb: 'MAIL',
    path: 'a@b.c',
    parameters: [
      { keyword: 'SIZE', value: '12' },
      { keyword: 'BODY', value: '8bitMIME' },
      { keyword: 'X-Y' },
    ],
  })
  equal(parseCommand('MAIL FROM:<a@b.c> =1').verb, 'malformed')
  equal(parseCommand('MAIL FROM:<a@b.c> A==').verb, 'malformed')
  equal(parseCommand(`MAIL FROM:<a@b.c>${' A=1'.repeat(32)}`).verb, 'MAIL')
  equal(parseCommand(`MAIL FROM:<a@b.c>${' A=1'.repeat(33)}`).verb, 'malformed')
})

test('the reply to a malformed command says which part is wrong', () => {
  equal(replyTo('EHLO'), '501 5.5.4 syntax error, say EHLO and your name')
  equal(replyTo('MAIL'), '501 5.5.4 syntax error, say MAIL FROM:<address>')
  equal(replyTo('MAIL FROM:a@b.c'), '501 5.1.7 bad sender address')
  equal(replyTo('RCPT TO:<a@b.c'), '501 5.1.3 bad address')
  equal(replyTo('RCPT TO:<a@b.c> ='), '501 5.5.4 syntax error, bad parameters')
  equal(replyTo('DATA now'), '501 5.5.4 syntax error, no parameters here')
  equal(replyTo('DATA  '), undefined)
})
