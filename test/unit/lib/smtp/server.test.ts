/** The session engine by itself: a small verb table, bytes in, demands and replies out. No port, no sleep. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommand } from '../../../../lib/smtp/grammar.ts'
import { closing, reply } from '../../../../lib/smtp/reply.ts'
import { type Effect, more, type Rule, rule, type Step, verbTable } from '../../../../lib/smtp/rule.ts'
import { type Protocol, Session } from '../../../../lib/smtp/server.ts'
import { transaction } from '../../../../lib/smtp/transaction.ts'

interface Wish extends Effect {
  readonly name: string
  readonly resume: (answer: string) => Step<Wish>
}

const anywhere = ['connected', 'ready', 'mail'] as const
const ok = reply(250, '2.0.0', 'ok')

const noop = rule<undefined, Wish, 'NOOP'>({
  verb: 'NOOP',
  allowedAt: anywhere,
  lastInGroup: true,
  run: (_, { text }) => reply(250, undefined, text),
})
const helo = rule<undefined, Wish, 'HELO'>({
  verb: 'HELO',
  allowedAt: anywhere,
  lastInGroup: true,
  run(session, { name }) {
    session.state = { at: 'ready', greeting: { name, isExtended: false } }
    return ok
  },
})
const mail = rule<undefined, Wish, 'MAIL'>({
  verb: 'MAIL',
  allowedAt: ['ready'],
  lastInGroup: false,
  run(session, { path }) {
    session.state = { at: 'mail', greeting: undefined, transaction: transaction(path, []) }
    return ok
  },
})
const rcpt = rule<undefined, Wish, 'RCPT'>({
  verb: 'RCPT',
  allowedAt: ['mail'],
  lastInGroup: false,
  run: (_, { path }) => ({ is: 'effect', name: path, resume: (answer) => reply(250, undefined, answer) }),
})
/** Takes exactly five bytes. */
const data = rule<undefined, Wish, 'DATA'>({
  verb: 'DATA',
  allowedAt: ['mail'],
  lastInGroup: true,
  run(session) {
    let got = ''
    return {
      is: 'content',
      reply: reply(354, undefined, 'go'),
      take(input, from) {
        const part = input.toString('latin1', from, from + 5 - got.length)
        got += part
        if (got.length < 5) return { taken: part.length, step: more }
        session.state = { at: 'ready', greeting: undefined }
        return {
          taken: part.length,
          step: { is: 'effect', name: got, resume: (answer) => reply(250, undefined, answer) },
        }
      },
    }
  },
})
const quit = rule<undefined, Wish, 'QUIT'>({
  verb: 'QUIT',
  allowedAt: anywhere,
  lastInGroup: true,
  run: () => closing(reply(221, undefined, 'bye'), 'done'),
})
/** Somebody else's verb: a row like any other. A dialogue of one more line. */
const foreign: Rule<undefined, Wish> = {
  verb: 'XTALK',
  allowedAt: anywhere,
  lastInGroup: true,
  run: () => ({
    is: 'content',
    reply: reply(334, undefined, 'say'),
    take(input, from) {
      const lf = input.indexOf(10, from)
      if (lf === -1) return { taken: 0, step: more }
      return { taken: lf + 1 - from, step: reply(235, undefined, input.toString('latin1', from, lf).trim()) }
    },
  }),
}

const protocol: Protocol<undefined, Wish> = {
  verbs: verbTable([noop, helo, mail, rcpt, data, quit, foreign]),
  parse: parseCommand,
  style: 'modern',
  commandBytes: 40,
  badCommands: 3,
  unknownVerb: reply(500, '5.5.1', 'what'),
  start: { at: 'connected' },
}

/** A session whose wishes are granted at once: what they were, and all replies as lines. */
function talk(chunks: readonly string[], own: Partial<Protocol<undefined, Wish>> = {}) {
  const session = new Session<undefined, Wish>({ ...protocol, ...own }, undefined)
  const wishes: string[] = []
  let text = ''
  let flushes = 0
  for (const chunk of chunks) {
    session.receive(Buffer.from(chunk, 'latin1'))
    let demand = session.next()
    while (demand !== 'input' && demand !== 'over') {
      if (demand === 'flush') {
        text += session.takeReplies()
        flushes += 1
        demand = session.next()
      } else {
        wishes.push(demand.name)
        demand = session.resume(demand.resume(`did ${demand.name}`))
      }
    }
    session.hold()
  }
  text += session.takeReplies()
  return { session, wishes, flushes, replies: text.split('\r\n').slice(0, -1) }
}

test('commands are answered in their order, however the bytes are cut', () => {
  const input = 'NOOP 1\r\nNOOP 2\nNOOP 3\r\n'
  const expected = ['250 1', '250 2', '250 3']
  deepEqual(talk([input]).replies, expected)
  deepEqual(talk([...input]).replies, expected)
})

test('nothing of the input is looked at while an effect is under way', () => {
  const session = new Session<undefined, Wish>(protocol, undefined)
  session.receive(Buffer.from('HELO x\r\n'))
  equal(session.next(), 'flush')
  session.takeReplies()
  session.receive(Buffer.from('MAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nNOOP later\r\n'))
  const wish = session.next()
  equal(typeof wish === 'object' && wish.name, 'd@e.f')
  session.hold()
  session.receive(Buffer.from('NOOP even later\r\n'))
  equal(session.takeReplies(), '250 2.0.0 ok\r\n')
  if (typeof wish !== 'object') return
  equal(session.resume(wish.resume('done')), 'flush')
  equal(session.takeReplies(), '250 done\r\n250 later\r\n')
  equal(session.next(), 'flush')
  equal(session.takeReplies(), '250 even later\r\n')
  equal(session.next(), 'input')
})

test('the replies of a pipelined group wait for the last of the group', () => {
  const { replies, flushes } = talk(['HELO x\r\n', 'MAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nDATA\r\n'])
  deepEqual(replies, ['250 2.0.0 ok', '250 2.0.0 ok', '250 did d@e.f', '354 go'])
  equal(flushes, 2)
})

test('content is no command, and what follows it in the same bytes is one', () => {
  const { replies, wishes } = talk(['HELO x\r\nMAIL FROM:<a@b.c>\r\n', 'DATA\r\nQUI', 'T\nNOOP x\r\n'])
  deepEqual(
    replies.slice(2),
    ['354 go', '250 did QUIT\n', '250 x'].flatMap((line) => line.split('\r\n')),
  )
  deepEqual(wishes, ['QUIT\n'])
})

test('a dialogue waits for its whole line', () => {
  deepEqual(talk(['XTALK\r\nab', 'c', 'd\r', '\nNOOP x\r\n']).replies, ['334 say', '235 abcd', '250 x'])
})

test('a verb that is not allowed where it comes is out of order, also when it is malformed', () => {
  deepEqual(talk(['MAIL FROM:<a@b.c>\r\nRCPT\r\nHELO x\r\nRCPT\r\n'], { badCommands: 0 }).replies, [
    '503 5.5.1 EHLO first',
    '503 5.5.1 EHLO first',
    '250 2.0.0 ok',
    '503 5.5.1 MAIL first',
  ])
  deepEqual(talk(['HELO x\r\nMAIL FROM:<>\r\nMAIL FROM:<>\r\nMAIL\r\n']).replies.slice(2), [
    '503 5.5.1 one MAIL at a time',
    '503 5.5.1 one MAIL at a time',
  ])
})

test('a command line of the limit is read, a longer one is skipped and answered in its turn', () => {
  const exact = `NOOP ${'x'.repeat(33)}\r\n`
  equal(exact.length, 40)
  deepEqual(talk([exact]).replies, [`250 ${'x'.repeat(33)}`])
  const longer = `NOOP ${'x'.repeat(34)}\r\n`
  const endless = `NOOP 1\r\n${'y'.repeat(100_000)}\nNOOP 2\r\n`
  for (const cut of [(text: string) => [text], (text: string) => text.match(/[\s\S]{1,7}/g) ?? []]) {
    deepEqual(talk([...cut(longer), 'NOOP z\r\n']).replies, ['500 5.5.2 line too long', '250 z'])
    deepEqual(talk(cut(endless)).replies, ['250 1', '500 5.5.2 line too long', '250 2'])
  }
})

test('bad commands up to the limit are answered, and the next one ends the session', () => {
  const { replies, session } = talk(['X\r\nNOOP 1\r\nMAIL\r\n\r\nX\r\nNOOP 2\r\n'])
  deepEqual(replies, [
    '500 5.5.1 what',
    '250 1',
    '503 5.5.1 EHLO first',
    '500 5.5.1 what',
    '421 4.7.0 too many errors',
  ])
  equal(session.ended, 'broken')
  equal(session.next(), 'over')
})

test('without a limit no number of bad commands ends the session', () => {
  equal(talk(['X\r\n'.repeat(5000)], { badCommands: 0 }).replies.length, 5000)
})

test('after the last reply nothing is read', () => {
  const { replies, session } = talk(['QUIT\r\nNOOP\r\n', 'NOOP\r\n'])
  deepEqual(replies, ['221 bye'])
  equal(session.ended, 'done')
})

test('replies are handed over before they are too many', () => {
  const session = new Session<undefined, Wish>({ ...protocol, badCommands: 0 }, undefined)
  session.receive(Buffer.from('X\r\n'.repeat(20_000)))
  let replies = 0
  for (let demand = session.next(); demand !== 'input'; demand = session.next()) {
    equal(demand, 'flush')
    const text = session.takeReplies()
    equal(text.length < 16_500, true)
    replies += text.split('\r\n').length - 1
  }
  equal(replies + session.takeReplies().split('\r\n').length - 1, 20_000)
})

test('what is left of the input is kept when the caller takes its memory back', () => {
  const session = new Session<undefined, Wish>(protocol, undefined)
  const memory = Buffer.from('NOOP 1\r\nNOO')
  session.receive(memory)
  equal(session.next(), 'flush')
  session.hold()
  memory.fill(0)
  session.takeReplies()
  session.receive(Buffer.from('P 2\r\n'))
  session.next()
  equal(session.takeReplies(), '250 2\r\n')
})

test('who is told to stop finishes the transaction, begins none, and says so', () => {
  const { session } = talk(['HELO x\r\n', 'MAIL FROM:<a@b.c>\r\n'])
  session.stop()
  equal(session.next(), 'input')
  session.receive(Buffer.from('DATA\r\nhello'))
  equal(session.next(), 'flush')
  session.takeReplies()
  const wish = session.next()
  equal(typeof wish === 'object' && wish.name, 'hello')
  if (typeof wish === 'object') session.resume(wish.resume('queued'))
  equal(session.takeReplies(), '250 queued\r\n421 4.3.2 shutting down\r\n')
  equal(session.next(), 'over')
  equal(session.ended, 'done')
})

test('between transactions a stop is said at once', () => {
  const { session } = talk(['HELO x\r\n'])
  session.stop()
  equal(session.next(), 'over')
  equal(session.takeReplies(), '421 4.3.2 shutting down\r\n')
})
