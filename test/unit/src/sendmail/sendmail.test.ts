import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { usage, wishOf } from '../../../../src/sendmail/sendmail.ts'

function asked(argv: readonly string[], env: Record<string, string> = {}, invokedAs = 'sendmail') {
  const wish = wishOf(invokedAs, argv, env)
  return wish.is === 'run' ? `${wish.program} ${wish.args.join(' ')}`.trim() : wish.text
}

function environment(argv: readonly string[], env: Record<string, string> = {}) {
  const wish = wishOf('sendmail', argv, env)
  return wish.is === 'run'
    ? Object.fromEntries(Object.entries(wish.env).filter(([, value]) => value !== undefined))
    : {}
}

test('recipients are arguments, with -t those of the header too', () => {
  equal(asked(['a@b', 'c@d']), 'inject -a -- a@b c@d')
  equal(asked(['-t']), 'inject -H --')
  equal(asked(['-t', 'a@b']), 'inject -H -- a@b')
})

test('what cron, PHP, git and mutt say is understood', () => {
  equal(asked(['-i', '-FCronDaemon', '-B8BITMIME', '-oem', 'root']), 'inject -a -- root')
  equal(asked(['-t', '-i']), 'inject -H --')
  equal(asked(['-i', '-f', 'me@h', 'a@b']), 'inject -a -f me@h -- a@b')
  equal(asked(['-oem', '-oi', '-f', 'me@h', '--', 'a@b']), 'inject -a -f me@h -- a@b')
  equal(asked(['-odb', '-oi', '-t', '-v', '-m', '-E', '-J', '-x', '-e', 'm', '-p', 'x']), 'inject -H --')
})

test('an address that looks like an option is one after --', () => {
  equal(asked(['--', '-f@b']), 'inject -a -- -f@b')
})

test('K30: -f names the author, and takes every other name away', () => {
  const env = { QMAILNAME: 'q', MAILNAME: 'm', NAME: 'n', QMAILHOST: 'h', MAILHOST: 'h', USER: 'joe' }
  deepEqual(environment(['-fu@v.w', '-FJoe Blow', 'a@b.c'], env), {
    QMAILUSER: 'u',
    QMAILHOST: 'v.w',
    USER: 'joe',
  })
  deepEqual(environment(['-F', 'Joe Blow', '-f', 'u'], env), { QMAILUSER: 'u', USER: 'joe' })
})

test('-F names the author', () => {
  deepEqual(environment(['-F', 'Joe Blow'], { USER: 'joe' }), { USER: 'joe', MAILNAME: 'Joe Blow' })
})

test('the null sender may be written with or without angle brackets', () => {
  equal(asked(['-f', '', 'a@b']), 'inject -a -f  -- a@b')
  equal(asked(['-f', '<>', 'a@b']), 'inject -a -f  -- a@b')
  equal(asked(['-f', '<u@v>', 'a@b']), 'inject -a -f u@v -- a@b')
})

test('-bs speaks SMTP as a client of this host', () => {
  equal(asked(['-bs']), 'smtpd')
  deepEqual(environment(['-bs'], { HOME: '/h' }), {
    HOME: '/h',
    RELAYCLIENT: '',
    DATABYTES: '0',
    PROTO: 'TCP',
    TCPLOCALIP: '127.0.0.1',
    TCPLOCALHOST: 'localhost',
    TCPREMOTEIP: '127.0.0.1',
    TCPREMOTEHOST: 'localhost',
    TCPREMOTEINFO: 'sendmail-bs',
  })
  deepEqual(environment(['-bs'], { PROTO: 'TCP', TCPREMOTEIP: '1.2.3.4' }), {
    PROTO: 'TCP',
    TCPREMOTEIP: '1.2.3.4',
  })
})

test('the queue is listed by -bp and by the name mailq', () => {
  equal(asked(['-bp']), 'qread')
  equal(asked([], {}, 'mailq'), 'qread')
  equal(asked(['-v'], {}, 'mailq'), 'qread')
})

test('-bm is what it does anyway; of several the last counts', () => {
  equal(asked(['-bm', 'a@b']), 'inject -a -- a@b')
  equal(asked(['-bs', '-bm', 'a@b']), 'inject -a -- a@b')
})

test('K32: what it cannot do is refused with the usage', () => {
  equal(asked(['-bx']), usage)
  equal(usage.startsWith('usage: sendmail [ -t ]'), true)
  equal(asked(['-Z']), `illegal option -- Z\nsendmail: ${usage}`)
})

test('newaliases has nothing to do and says so', () => {
  equal(asked([], {}, 'newaliases').includes('.qmail'), true)
})
