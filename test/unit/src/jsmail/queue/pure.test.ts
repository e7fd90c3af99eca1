/** Patterns, durations, send's log, the summary: what `jsmail queue` decides without a queue. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../../../../lib/bytes/bytes.ts'
import { ANSWERS, Answers } from '../../../../../src/jsmail/queue/answers.ts'
import { domainOf, matches, parseDuration } from '../../../../../src/jsmail/queue/filter.ts'
import type { Listed } from '../../../../../src/jsmail/queue/message.ts'
import { DOMAINS, Summary } from '../../../../../src/jsmail/queue/summary.ts'
import { flockHolders } from '../../../../../src/jsmail/queue/sender-process.ts'

test('a pattern is a whole address, in which * stands for anything', () => {
  const fitting: readonly (readonly [string, string])[] = [
    ['a@b', 'a@b'],
    ['A@B', 'a@b'],
    ['a@b', '*'],
    ['', ''],
    ['', '*'],
    ['a@b.example', '*@*.example'],
    ['aXbXc', 'a*b*c'],
    ['abcabc', '*abc'],
    ['[a]+@b', '[a]+@b'],
  ]
  for (const [text, pattern] of fitting) assert.equal(matches(text, pattern), true, `${text} ${pattern}`)
  const others: readonly (readonly [string, string])[] = [
    ['a@b', 'a@'],
    ['a@b', ''],
    ['aa', 'a*a*a'],
    ['ab', 'ab*b'],
    ['a@b.example', '*@example'],
    ['xa@b', 'a@*'],
    ['\xe9@b', '\xc9@b'],
  ]
  for (const [text, pattern] of others) assert.equal(matches(text, pattern), false, `${text} ${pattern}`)
})

test('no pattern is slow', () => {
  const began = performance.now()
  assert.equal(matches('a'.repeat(60_000), '*a'.repeat(10_000).concat('*b')), false)
  assert.ok(performance.now() - began < 1000)
})

test('a duration is digits and a unit', () => {
  assert.deepEqual(
    ['90', '90s', '30m', '2h', '3d', '1w', '0'].map(parseDuration),
    [90, 90, 1800, 7200, 259_200, 604_800, 0],
  )
  for (const text of ['', 'h', '1.5h', '-1', '2 h', '1y', '9999999999'])
    assert.equal(parseDuration(text), undefined, text)
})

test('the domain is what follows the last @, in lower case', () => {
  assert.deepEqual(['a@B', 'a@b@C', 'a', 'a@'].map(domainOf), ['b', 'c', '', ''])
})

function answersOf(log: string, pieceBytes = log.length): Answers {
  const answers = new Answers()
  for (let at = 0; at < log.length; at += pieceBytes) answers.receive(bytesOf(log.slice(at, at + pieceBytes)))
  answers.end()
  return answers
}

const log = `status: local 0/10 remote 0/20
new msg 11
info msg 11: bytes 5 from <x> qp 1 uid 2
Nov 22 04:47:55 host qmail: 123.45 starting delivery 1: msg 11 to local a@b
@4000000 starting delivery 2: msg 11 to remote odd_one@c
delivery 2: deferral: first/
@4000000 delivery 1: success: did_1+0+0/
starting delivery 3: msg 11 to remote odd_one@c
delivery 3: deferral: Connected_to_1.2.3.4./
starting delivery 4: msg 12 to remote x@y
delivery 4: failure: 
end msg 12
starting delivery 5: msg 13 to remote x@y
delivery 5: report mangled, will defer
delivery 99: deferral: of_nobody/
starting delivery 6: msg 14 to remote x@y
delivery 6: failure: `

test('the last answer counts, of messages that are not over', () => {
  for (const bytes of [1000, 1, 7]) {
    const answers = answersOf(log, bytes)
    assert.deepEqual(answers.of('11', 'a@b'), { outcome: 'success', text: 'did_1+0+0/' })
    assert.deepEqual(answers.of('11', 'odd one@c'), { outcome: 'deferral', text: 'Connected_to_1.2.3.4./' })
    assert.equal(answers.of('12', 'x@y'), undefined)
    assert.equal(answers.of('13', 'x@y'), undefined)
    assert.deepEqual(answers.of('14', 'x@y'), { outcome: 'failure', text: '' })
    assert.equal(answers.count, 3)
  }
})

test('a number that is used again, and the deliveries of another log, begin anew', () => {
  const answers = answersOf(log)
  answers.receive(bytesOf('delivery 5: deferral: old/\nnew msg 11\n'))
  answers.end()
  assert.equal(answers.of('13', 'x@y'), undefined)
  assert.equal(answers.of('11', 'a@b'), undefined)
})

test('what looks like a line of send within another is none', () => {
  const answers = answersOf(
    'starting delivery 1: msg 5 to local a@b\ndelivery 1: deferral: delivery_1:/ more\ndelivery 1: deferral: x y\n',
  )
  assert.equal(answers.of('5', 'a@b'), undefined)
})

test('a line of more than 65,536 bytes is thrown away as it comes', () => {
  const answers = answersOf(
    `${'x'.repeat(200_000)}\nstarting delivery 1: msg 5 to local a@b\ndelivery 1: deferral: y/\n`,
    30_000,
  )
  assert.equal(answers.of('5', 'a@b')?.text, 'y/')
})

test('past 200,000 answers the oldest message is forgotten', () => {
  const answers = new Answers()
  for (let number = 1; number <= ANSWERS + 1; number++)
    answers.receive(bytesOf(`starting delivery 1: msg ${number} to local a@b\ndelivery 1: deferral: no/\n`))
  assert.equal(answers.count, ANSWERS)
  assert.equal(answers.of('1', 'a@b'), undefined)
  assert.equal(answers.of('2', 'a@b')?.text, 'no/')
})

const now = 1_700_000_000

function message(ageSeconds: number, ...addresses: string[]): Listed {
  return {
    number: '1',
    sizeBytes: 1,
    isNew: false,
    birthSeconds: now - ageSeconds,
    due: {},
    isBouncing: false,
    recipients: addresses.map((address) => ({
      channel: 'remote',
      address,
      isDone: address.startsWith('done'),
    })),
  }
}

test('the summary counts who waits, by domain and age', () => {
  const summary = new Summary()
  summary.add(message(0, 'a@one', 'b@ONE', 'done@one', 'c@two'), now)
  summary.add(message(300, 'a@one'), now)
  summary.add(message(301, 'a@one'), now)
  summary.add(message(86_401, 'a@two', 'nodomain'), now)
  summary.add(message(259_201, 'a@t\x1bhree'), now)
  assert.equal(
    summary.render(10),
    `        all  5 min  30 min  2 h  8 h  1 d  3 d  older
one       4      3       1    -    -    -    -      -
two       2      1       -    -    -    -    1      -
(none)    1      -       -    -    -    -    1      -
t_hree    1      -       -    -    -    -    -      1
total     8      4       1    -    -    -    2      1
`,
  )
  assert.match(summary.render(1), /^ .*\none .*\ntotal +8 .*\n3 more domains\n$/)
  assert.deepEqual(summary.json()[0]?.['ages'], [
    { upToSeconds: 300, recipients: 3 },
    { upToSeconds: 1800, recipients: 1 },
    { upToSeconds: 7200, recipients: 0 },
    { upToSeconds: 28_800, recipients: 0 },
    { upToSeconds: 86_400, recipients: 0 },
    { upToSeconds: 259_200, recipients: 0 },
    { recipients: 0 },
  ])
})

test('an empty summary is its total', () => {
  assert.match(new Summary().render(5), /^ .*\ntotal +- .*\n$/)
})

test('past 100,000 domains the others are counted together', () => {
  const summary = new Summary()
  for (let at = 0; at < DOMAINS + 5; at++) summary.add(message(0, `a@d${at}`), now)
  const others = summary.rows().find(({ domain }) => domain === '(others)')
  assert.equal(others?.all, 5)
  assert.equal(summary.rows().length, DOMAINS + 1)
})

test('of the kernel’s locks, those that are held by flock on this inode count', () => {
  const locks = `1: POSIX  ADVISORY  WRITE 10 fd:00:77 0 EOF
2: FLOCK  ADVISORY  WRITE 11 fd:00:77 0 EOF
2: -> FLOCK  ADVISORY  WRITE 12 fd:00:77 0 EOF
3: FLOCK  ADVISORY  READ 13 fd:00:77 0 EOF
4: FLOCK  ADVISORY  WRITE 14 fd:00:777 0 EOF
5: FLOCK  MSNFS     WRITE 15 00:2f:77 0 EOF
6: FLOCK  ADVISORY  WRITE 0 fd:00:77 0 EOF
`
  assert.deepEqual(flockHolders(locks, 77), [11, 15])
})
