/** One connection without a socket: what it does with clients that are slow, gone or rude, with hooks, and with a queue in trouble. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { writeCdb } from '../../../../lib/cdb/by-file.ts'
import type { Hook, Verdict } from '../../../../lib/hook/hook.ts'
import { queueFailure } from '../../../../lib/queue/exitcode.ts'
import {
  ControlHome,
  type Guest,
  meet,
  type Meeting,
  memoryQueue,
  QP,
  settled,
} from '../../../helpers/smtp-house.ts'

const qmail = { me: 'mx.example.org\n', rcpthosts: 'local.example\n' }
const modern = { ...qmail, profile: 'modern\n' }

/** A connection to a server with these control files; it is closed when the test is over. */
function connection(
  t: { after(run: () => void): void },
  control: Readonly<Record<string, string>>,
  guest: Partial<Guest> = {},
): Meeting & { readonly home: ControlHome } {
  const home = new ControlHome(Object.entries(control))
  const meeting = meet({ settings: home.settings(), queue: memoryQueue(), ...guest })
  t.after(() => {
    meeting.wire.destroy()
    home[Symbol.dispose]()
  })
  return { ...meeting, home }
}

/** What the server says to these bytes. */
async function say({ wire }: Meeting, text: string): Promise<string> {
  wire.said = ''
  wire.hear(text)
  await settled()
  return wire.said
}

const envelope = 'HELO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<joe@local.example>\r\n'

test('the replies of a pipelined group leave in one write', async (t) => {
  const meeting = connection(t, modern)
  await say(meeting, 'EHLO x\r\n')
  let writes = 0
  const { wire } = meeting
  const write = wire.write.bind(wire)
  wire.write = (text) => {
    writes += 1
    return write(text)
  }
  const said = await say(meeting, 'MAIL FROM:<a@b.example>\r\nRCPT TO:<joe@local.example>\r\nDATA\r\n')
  equal(said, '250 2.0.0 ok\r\n250 2.0.0 ok\r\n354 go ahead\r\n')
  equal(writes, 1)
})

test('while the queue answers, nothing more is read and nothing more is said', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const meeting = connection(t, modern, { queue: memoryQueue({ answer: promise }) })
  await say(meeting, `${envelope}DATA\r\n`)
  equal(await say(meeting, 'x\r\n.\r\n'), '')
  equal(await say(meeting, 'NOOP\r\n'), '')
  equal(meeting.wire.isPaused, true)
  resolve()
  await settled()
  equal(meeting.wire.said, `250 2.0.0 ok 1000000000 qp ${QP}\r\n250 2.0.0 ok\r\n`)
  equal(meeting.wire.isPaused, false)
})

test('a client that goes away in its message leaves nothing in the queue', async (t) => {
  const queue = memoryQueue()
  const meeting = connection(t, modern, { queue })
  await say(meeting, `${envelope}DATA\r\nhalf a mess`)
  equal(queue.open, 1)
  meeting.wire.destroy()
  await settled()
  equal(queue.open, 0)
  deepEqual(queue.stored, [])
  equal(await meeting.ended, 'broken')
})

test('a client that goes away while the queue is opened leaves nothing either', async (t) => {
  const queue = memoryQueue()
  const meeting = connection(t, modern, { queue })
  await say(meeting, envelope)
  meeting.wire.hear('DATA\r\n')
  meeting.wire.destroy()
  await settled()
  equal(queue.open, 0)
})

test('a client that goes away after its last dot has its message queued', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const queue = memoryQueue({ answer: promise })
  const meeting = connection(t, modern, { queue })
  await say(meeting, `${envelope}DATA\r\nx\r\n.\r\n`)
  meeting.wire.destroy()
  resolve()
  await settled()
  equal(queue.stored.length, 1)
})

test('what was said before the client closed its side is answered', async (t) => {
  const meeting = connection(t, modern)
  meeting.wire.said = ''
  meeting.wire.hear(`${envelope}DATA\r\nx\r\n.\r\nNOOP\r\n`)
  meeting.wire.reader?.ended()
  await settled()
  match(meeting.wire.said, /354 go ahead\r\n250 2\.0\.0 ok 1000000000 qp 4711\r\n250 2\.0\.0 ok\r\n$/)
  equal(meeting.wire.isClosed, true)
})

test('a client that does not read its replies is not read from', async (t) => {
  const meeting = connection(t, modern)
  const { wire } = meeting
  wire.isStuck = true
  const before = wire.said.length
  wire.hear('NOOP\r\n'.repeat(10_000))
  await settled()
  equal(wire.isPaused, true)
  equal(wire.said.length - before < 20_000, true)
  wire.isStuck = false
  wire.said = ''
  wire.reader?.drained()
  await settled()
  equal(wire.isPaused, false)
  equal(wire.said.split('\r\n').length - 1 >= 9_000, true)
})

test('one hundred thousand commands are answered, each', async (t) => {
  const meeting = connection(t, modern)
  equal((await say(meeting, 'NOOP\r\n'.repeat(100_000))).length, '250 2.0.0 ok\r\n'.length * 100_000)
})

test('in qmail a line of 65,536 octets is a command, a longer one is answered', async (t) => {
  const meeting = connection(t, qmail)
  equal(await say(meeting, `NOOP ${'x'.repeat(65_529)}\r\n`), '250 ok\r\n')
  equal(
    await say(meeting, `NOOP ${'x'.repeat(65_530)}\r\nNOOP\r\n`),
    '500 line too long (#5.5.2)\r\n250 ok\r\n',
  )
})

test('C14: an address of 899 bytes is one, of 900 a syntax error', async (t) => {
  const meeting = connection(t, qmail)
  const address = (bytes: number): string => `${'a'.repeat(bytes - 14)}@local.example`
  equal(await say(meeting, `MAIL FROM:<${address(899)}>\r\n`), '250 ok\r\n')
  equal(await say(meeting, `RCPT TO:<${address(899)}>\r\n`), '250 ok\r\n')
  equal(await say(meeting, `RCPT TO:<${address(900)}>\r\n`), '555 syntax error (#5.5.4)\r\n')
  equal(await say(meeting, `MAIL FROM:<${address(900)}>\r\n`), '555 syntax error (#5.5.4)\r\n')
})

test('in modern a line of a message may have 65,536 octets', async (t) => {
  const meeting = connection(t, modern)
  await say(meeting, `${envelope}DATA\r\n`)
  match(await say(meeting, `${'x'.repeat(65_534)}\r\n.\r\n`), /^250 /)
  await say(meeting, `${envelope}DATA\r\n`)
  equal(
    await say(meeting, `${'x'.repeat(65_535)}\r\n.\r\n`),
    '554 5.6.0 a line of your message is too long\r\n',
  )
})

test('C11: morercpthosts.cdb is asked where rcpthosts does not know the domain', async (t) => {
  const meeting = connection(t, qmail)
  const path = `${meeting.home.path}/control/morercpthosts.cdb`
  const records = ['more.example', '.sfx.example'].map((key) => [key, ''] as const)
  equal(writeCdb(path, `${path}.tmp`, records).ok, true)
  const said = await say(
    meeting,
    'MAIL\r\nRCPT TO:<x@more.EXAMPLE>\r\nRCPT TO:<x@a.sfx.example>\r\nRCPT TO:<x@sfx.example>\r\nRCPT TO:<x@no.example>\r\n',
  )
  deepEqual(
    said.split('\r\n').map((line) => line.slice(0, 3)),
    ['250', '250', '250', '553', '553', ''],
  )
})

test('a morercpthosts.cdb that cannot be read is no refusal', async (t) => {
  const meeting = connection(t, qmail)
  meeting.home.write('morercpthosts.cdb', 'no cdb at all')
  equal(
    await say(meeting, 'MAIL\r\nRCPT TO:<x@no.example>\r\n'),
    '250 ok\r\n421 unable to read controls (#4.3.0)\r\n',
  )
})

/** A hook of the port that says this. */
function hook(verdict: Verdict, asked: string[] = []): Hook {
  return {
    name: 'test',
    async run({ sender, recipient, recipientCount, helo }) {
      asked.push(`${helo} ${sender} ${recipient} ${recipientCount}`)
      return verdict
    },
  }
}

test('hooks are asked about recipients that passed everything else', async (t) => {
  const asked: string[] = []
  const meeting = connection(t, modern, { hooks: [hook({ is: 'continue' }, asked)] })
  await say(meeting, `${envelope}RCPT TO:<x@elsewhere.example>\r\nRCPT TO:<two@local.example>\r\n`)
  deepEqual(asked, ['x a@b.example joe@local.example 0', 'x a@b.example two@local.example 1'])
})

test('a hook refuses with its own words, and each refusal is in the log', async (t) => {
  const refuse = (retry: 'later' | 'never', reply: string): Verdict => ({ is: 'refuse', retry, reply })
  const cases = [
    [refuse('never', ''), '550 5.7.1 sorry, that recipient is refused\r\n'],
    [refuse('later', ''), '451 4.7.1 sorry, that recipient cannot be taken now\r\n'],
    [refuse('later', '450 4.2.1 greylisted\n'), '450 4.2.1 greylisted\r\n'],
    [refuse('never', 'no such user'), '550 5.7.1 no such user\r\n'],
  ] as const
  for (const [verdict, expected] of cases) {
    const meeting = connection(t, modern, { hooks: [hook(verdict)] })
    equal((await say(meeting, envelope)).split('\r\n').at(-2), expected.trim())
    const logged = meeting.log.find(([event]) => event === 'hook')?.[1]
    equal(logged?.['verdict'], 'refuse')
    equal(logged?.['hook'], 'test')
  }
})

test('a hook that says 421 closes the connection', async (t) => {
  const meeting = connection(t, modern, {
    hooks: [hook({ is: 'refuse', retry: 'later', reply: '421 go away' })],
  })
  match(await say(meeting, envelope), /\r\n421 go away\r\n$/)
  equal(meeting.wire.isEnded, true)
})

test('a hook replaces a recipient', async (t) => {
  const queue = memoryQueue()
  const meeting = connection(t, modern, {
    queue,
    hooks: [hook({ is: 'continue', recipient: 'new@local.example' })],
  })
  await say(meeting, `${envelope}DATA\r\nx\r\n.\r\n`)
  deepEqual(queue.stored[0]?.envelope.recipients, ['new@local.example'])
})

test('a recipient that is dropped is not queued, and a message of such recipients only is not either', async (t) => {
  const queue = memoryQueue()
  const meeting = connection(t, modern, { queue, hooks: [hook({ is: 'drop' })] })
  match(
    await say(meeting, `${envelope}DATA\r\nx\r\n.\r\nNOOP\r\n`),
    /354 go ahead\r\n250 2\.0\.0 ok 1000000000 qp 0\r\n250 2\.0\.0 ok\r\n$/,
  )
  deepEqual(queue.stored, [])
})

test('a queue that cannot be opened: modern says so at DATA', async (t) => {
  const meeting = connection(t, modern, { queue: memoryQueue({ opens: queueFailure(62) }) })
  match(
    await say(meeting, `${envelope}DATA\r\nNOOP\r\n`),
    /451 4\.3\.0 qq trouble creating files in queue\r\n250 2\.0\.0 ok\r\n$/,
  )
})

test('a queue that cannot be opened: qmail cannot start it, or finds out after the message', async (t) => {
  const cannot = connection(t, qmail, { queue: memoryQueue({ opens: queueFailure(62) }) })
  match(await say(cannot, `${envelope}DATA\r\nNOOP\r\n`), /451 qqt failure \(#4\.3\.0\)\r\n250 ok\r\n$/)
  const missing = connection(t, qmail, { queue: memoryQueue({ opens: queueFailure(120) }) })
  match(
    await say(missing, `${envelope}DATA\r\nx\r\n.\r\nNOOP\r\n`),
    /354 go ahead\r\n451 unable to exec qq \(#4\.3\.0\)\r\n250 ok\r\n$/,
  )
})

test('a mistake of ours ends one connection with 421, and is logged', async (t) => {
  const broken: Hook = {
    name: 'broken',
    run() {
      throw new Error('impossible')
    },
  }
  const meeting = connection(t, modern, { hooks: [broken] })
  match(await say(meeting, envelope), /\r\n421 4\.3\.0 internal error\r\n$/)
  equal(
    meeting.log.some(([event, { error }]) => event === 'bug' && String(error).includes('impossible')),
    true,
  )
})

test('one line in the trace says what became of each message', async (t) => {
  const meeting = connection(t, modern, { env: { TCPREMOTEIP: '192.0.2.7' } })
  await say(meeting, `${envelope}RCPT TO:<x@elsewhere.example>\r\nDATA\r\nx\r\n.\r\n`)
  deepEqual(meeting.log, [
    [
      'refuse',
      { ip: '192.0.2.7', from: 'a@b.example', to: 'x@elsewhere.example', code: 553, status: '5.7.1' },
    ],
    [
      'message',
      {
        ip: '192.0.2.7',
        helo: 'x',
        from: 'a@b.example',
        to: 'joe@local.example',
        rcpts: 1,
        bytes: 2,
        qp: QP,
      },
    ],
  ])
})

test('a stop is said between messages, and after the message that is under way', async (t) => {
  const idle = connection(t, modern)
  await say(idle, 'HELO x\r\n')
  idle.wire.said = ''
  idle.conversation.stop()
  equal(idle.wire.said, '421 4.3.2 shutting down\r\n')
  equal(idle.wire.isClosed, true)

  const { promise, resolve } = Promise.withResolvers<void>()
  const queue = memoryQueue({ answer: promise })
  const busy = connection(t, modern, { queue })
  await say(busy, `${envelope}DATA\r\nx\r\n.\r\n`)
  busy.conversation.stop()
  equal(busy.wire.isClosed, false)
  resolve()
  await settled()
  match(busy.wire.said, /250 2\.0\.0 ok 1000000000 qp 4711\r\n421 4\.3\.2 shutting down\r\n$/)
  equal(busy.wire.isClosed, true)
  equal(queue.stored.length, 1)
})

test('clients that say nothing, stall in their message, or never read are given up after the timeout', async (t) => {
  const quick = { timeoutsmtpd: '1\n' }
  const silent = connection(t, { ...qmail, ...quick })
  const stalled = connection(t, { ...modern, ...quick }, { queue: memoryQueue() })
  await say(stalled, `${envelope}DATA\r\nhalf a mess`)
  const deaf = connection(t, { ...modern, ...quick })
  deaf.wire.isStuck = true
  deaf.wire.hear('NOOP\r\n')
  equal(await deaf.ended, 'broken')
  for (const { wire } of [silent, stalled]) wire.destroy()
  equal(await silent.ended, 'broken')
  match(silent.wire.said, /\r\n451 timeout \(#4\.4\.2\)\r\n$/)
  match(stalled.wire.said, /\r\n421 4\.4\.2 timeout\r\n$/)
})

test('the queue may take longer than the timeout', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const meeting = connection(
    t,
    { ...modern, timeoutsmtpd: '1\n' },
    { queue: memoryQueue({ answer: promise }) },
  )
  await say(meeting, `${envelope}DATA\r\nx\r\n.\r\n`)
  // A second client's timeout passes first, by the same clock.
  const other = connection(t, { ...modern, timeoutsmtpd: '1\n' })
  other.wire.isStuck = true
  other.wire.hear('NOOP\r\n')
  await other.ended
  equal(meeting.wire.isClosed, false)
  resolve()
  await settled()
  match(meeting.wire.said, /250 2\.0\.0 ok 1000000000 qp 4711\r\n$/)
})

test('whatever a client sends, every answer is a reply and nothing of ours breaks', async (t) => {
  const piece = fc.oneof(
    fc.constantFrom(
      'EHLO x\r\n',
      'MAIL FROM:<a@b.example>\r\n',
      'RCPT TO:<joe@local.example>\r\n',
      'DATA\r\n',
      '.\r\n',
      'RSET\r\n',
    ),
    fc.constantFrom(
      '\r',
      '\n',
      '\r\n',
      '.',
      '\0',
      '\r\n.\r\n',
      '\n.\n',
      'x'.repeat(600),
      'MAIL FROM:<',
      '> SIZE=',
      ' ',
    ),
    fc.string({ unit: fc.nat(255).map((byte) => String.fromCharCode(byte)), maxLength: 40 }),
  )
  const session = fc.tuple(fc.constantFrom(qmail, modern), fc.array(piece, { maxLength: 25 }))
  await fc.assert(
    fc.asyncProperty(session, async ([control, pieces]) => {
      const queue = memoryQueue()
      const meeting = connection(t, control, { queue })
      for (const text of pieces) {
        meeting.wire.hear(text)
        if (meeting.wire.isPaused) await settled()
      }
      await settled()
      meeting.wire.destroy()
      await settled()
      equal(queue.open, 0)
      deepEqual(
        meeting.log.filter(([event]) => event === 'bug'),
        [],
      )
      for (const line of meeting.wire.said.split('\r\n').slice(0, -1)) match(line, /^[2-5][0-9][0-9][ -]/)
    }),
    { numRuns: 300 },
  )
})
