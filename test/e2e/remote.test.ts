/**
 * Mail for another domain, with control/smtproutes to foreign servers: Postfix's smtp-sink, nodemailer's smtp-server, and a scripted far
 * end that first says "later", and one that says "never", which the sender reads as a bounce.
 */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { enqueue } from '../helpers/enqueue.ts'
import { startFarEnd } from '../helpers/far-end.ts'
import { type TestHome, makeTestHome } from '../helpers/home.ts'
import { untilMail, untilSo } from '../helpers/mailbox.ts'
import { freePort, smtpSink, withoutPeer } from '../helpers/peers.ts'
import { type Running, startRunning } from '../helpers/running.ts'

interface Started {
  readonly home: TestHome
  readonly running: Running
  send(subject: string, to: string): Promise<string>
}

async function start(t: TestContext, farPort: number): Promise<Started> {
  const home = makeTestHome(t, { smtproutes: `remote.test:127.0.0.1:${farPort}\n` })
  const running = await startRunning(home.home, await freePort())
  t.after(() => running.kill().catch(() => {}))
  return {
    home,
    running,
    send: async (subject, to) => {
      const message = `Subject: ${subject}\n\n.\n.dots\nand \xff\n`
      assert.equal(await enqueue(home.bin('queue'), message, 'you@example.test', [to]), 0)
      return message
    },
  }
}

/** The start of this suite says its process id when it is ready. */
function pidOfStart({ lines }: Running): number {
  const line = lines.map((one) => /^start (\d+) ready/.exec(one)).find((match) => match !== null)
  assert.ok(line, lines.join('\n'))
  return Number(line[1])
}

async function untilLine({ child, lines }: Running, wanted: RegExp): Promise<void> {
  const giveUp = AbortSignal.timeout(20_000)
  while (!lines.some((line) => wanted.test(line))) {
    await once(child.stdout!, 'data', { signal: giveUp })
    await new Promise((later) => setImmediate(later))
  }
}

test(
  'smtp-sink gets the message as it was queued',
  { skip: withoutPeer('postfix'), timeout: 60_000 },
  async (t) => {
    const port = await freePort()
    const { home, running, send } = await start(t, port)
    const dump = `${home.home}/dump`
    mkdirSync(dump)
    await smtpSink(t, port, ['-d', `${dump}/%M.`])
    const message = await send('sink', 'joe@remote.test')
    await untilSo('a message in the sink', dump, () => dumps(dump).some((one) => one.includes('and \xff')))
    const [dumped = ''] = dumps(dump)
    assert.match(dumped, /^X-Mail-Args: <you@example.test>/m)
    assert.match(dumped, /^X-Rcpt-Args: <joe@remote.test>/m)
    assert.ok(dumped.replaceAll('\r', '').trimEnd().endsWith(message.trimEnd()), dumped)
    await untilLine(running, /^end msg /)
    assert.equal(await running.stop(), 0)
  },
)

function dumps(folder: string): readonly string[] {
  return readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, 'latin1'))
}

interface Received {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
}

/** nodemailer's server on a port of its own; the promise is the first message, with LF line ends. */
async function startNodemailer(t: TestContext): Promise<{ port: number; received: Promise<Received> }> {
  const { promise: received, resolve } = Promise.withResolvers<Received>()
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, { envelope: { mailFrom, rcptTo } }, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        resolve({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(parts).toString('latin1').replaceAll('\r\n', '\n'),
        })
        done()
      })
    },
  })
  const listener = server.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  t.after(() => server.close(() => {}))
  const address = listener.address()
  assert.ok(typeof address === 'object' && address !== null)
  return { port: address.port, received }
}

test('nodemailer’s smtp-server gets the message as it was queued', { timeout: 60_000 }, async (t) => {
  const { port, received } = await startNodemailer(t)
  const { running, send } = await start(t, port)
  const message = await send('nodemailer', 'joe@remote.test')
  const { from, to, text } = await received
  assert.deepEqual([from, ...to], ['you@example.test', 'joe@remote.test'])
  assert.match(text, /^Received: \(qmail \d+ invoked /)
  assert.ok(text.endsWith(`\n${message}`), text)
  await untilLine(running, /^end msg /)
  assert.equal(await running.stop(), 0)
})

test('a 4xx is a deferral, and the message is tried again', { timeout: 60_000 }, async (t) => {
  const far = await startFarEnd((connection) =>
    connection === 0 ? { replies: { MAIL: '450 not now' } } : {},
  )
  t.after(() => far.close())
  const { running, send } = await start(t, far.port)
  await send('later', 'joe@remote.test')
  await untilLine(running, /^delivery 1: deferral: .*not_now/)
  assert.equal(far.messages.length, 0)
  // Not to wait for the first retry (400 seconds): ALRM makes everything due now.
  process.kill(pidOfStart(running), 'SIGALRM')
  await untilLine(running, /^delivery 2: success: .*accepted_message/)
  await untilLine(running, /^end msg /)
  assert.equal(far.messages.length, 1)
  assert.equal(await running.stop(), 0)
})

test(
  'a 5xx comes back to the sender as a bounce with what the far end said',
  { timeout: 60_000 },
  async (t) => {
    const far = await startFarEnd()
    t.after(() => far.close())
    const { home, running, send } = await start(t, far.port)
    const message = await send('never', '550joe@remote.test')
    const [bounce = ''] = await untilMail(home.maildir, 1)
    assert.match(bounce, /^Return-Path: <>\nDelivered-To: you@example\.test\n/)
    assert.match(bounce, /\nSubject: failure notice\n/)
    assert.match(
      bounce,
      /\n<550joe@remote\.test>:\n127\.0\.0\.1 does not like recipient\.\nRemote host said: 550-first line\n550 rejected by rule\nGiving up on 127\.0\.0\.1\.\n/,
    )
    assert.match(
      bounce,
      /\nStatus: 5\.0\.0\nRemote-MTA: dns; \[127\.0\.0\.1\]\nDiagnostic-Code: smtp; 550-first line\n/,
    )
    assert.match(bounce, /\nContent-Type: message\/rfc822\n/)
    const [, boundary = ''] = /boundary="(.*)"/.exec(bounce) ?? []
    assert.ok(bounce.endsWith(`${message}\n--${boundary}--\n`), bounce)
    assert.equal(await running.stop(), 0)
  },
)
