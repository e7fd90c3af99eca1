/**
 * What a newcomer sends with: swaks, curl, Python's smtplib, and a hand-typed session over nc. Each message arrives in the Maildir byte for
 * byte below the lines that qmail adds.
 */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { makeTestHome } from '../helpers/home.ts'
import { assertDelivered, untilSubject } from '../helpers/mailbox.ts'
import { freePort, without } from '../helpers/peers.ts'
import { startRunning } from '../helpers/running.ts'

const run = promisify(execFile)

/** Dots, blanks at the end, a From line, a tab, bytes above 127 and a long line: what clients and servers like to change. */
function message(subject: string): string {
  return `Subject: ${subject}\nX-Eight-Bit: gr\xfc\xdfe\n\n.\n..two dots\n.leading dot\nblanks at the end  \t\nFrom here\n\n\xe9\xff\n${'x'.repeat(990)}\n`
}

test('every client’s message arrives as it was sent', { timeout: 60_000 }, async (t) => {
  const { home, maildir } = makeTestHome(t)
  const port = await freePort()
  const running = await startRunning(home, port)
  t.after(() => running.kill().catch(() => {}))

  async function arrives(subject: string, sent = message(subject)): Promise<void> {
    assertDelivered(await untilSubject(maildir, subject), sent)
  }

  await t.test('swaks', { skip: without('swaks') }, async () => {
    writeFileSync(`${home}/swaks.eml`, Buffer.from(message('swaks'), 'latin1'))
    const args = ['--server', `127.0.0.1:${port}`, '--from', 'joe@remote.test', '--to', 'you@example.test']
    const all = [...args, '--data', `@${home}/swaks.eml`]
    const { stdout } = await run('swaks', all, { encoding: 'latin1' })
    // It puts empty lines behind a message: what it says it sent is what must arrive.
    const sent = /\n<- {2}354 .*\n([\s\S]*\n) -> \.\n/.exec(stdout)?.[1] ?? ''
    const unstuffed = sent.replaceAll('\r\n', '\n').replaceAll(/^ -> ?\.?/gm, '')
    assert.ok(unstuffed.startsWith(message('swaks')))
    await arrives('swaks', unstuffed)
  })

  await t.test('curl smtp://', { skip: without('curl') }, async () => {
    writeFileSync(`${home}/curl.eml`, Buffer.from(message('curl').replaceAll('\n', '\r\n'), 'latin1'))
    const args = [
      '--silent',
      '--show-error',
      `smtp://127.0.0.1:${port}/client.test`,
      '--mail-from',
      'joe@remote.test',
    ]
    await run('curl', [...args, '--mail-rcpt', 'you@example.test', '--upload-file', `${home}/curl.eml`])
    await arrives('curl')
  })

  await t.test('Python smtplib', { skip: without('python3') }, async () => {
    const script = `
import smtplib, sys
message = open(sys.argv[2], 'rb').read()
client = smtplib.SMTP('127.0.0.1', int(sys.argv[1]))
client.sendmail('joe@remote.test', ['you@example.test'], message)
client.quit()`
    writeFileSync(`${home}/python.eml`, Buffer.from(message('python').replaceAll('\n', '\r\n'), 'latin1'))
    await run('python3', ['-c', script, String(port), `${home}/python.eml`])
    await arrives('python')
  })

  await t.test('a session typed by hand over nc', { skip: without('nc') }, async (t) => {
    const child = spawn('nc', ['-C', '127.0.0.1', String(port)], { stdio: ['pipe', 'pipe', 'inherit'] })
    t.after(() => child.kill())
    const exited = once(child, 'exit')
    const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const dotted = message('by hand').replaceAll(/^\./gm, '..')
    const session: readonly (readonly [string | undefined, RegExp])[] = [
      [undefined, /^220 /],
      ['HELO client.test', /^250 /],
      ['MAIL FROM:<joe@remote.test>', /^250 /],
      ['rcpt to: <you@example.test>', /^250 /],
      ['DATA', /^354 /],
      [`${dotted}.`, /^250 (2\.0\.0 )?ok \d+ qp \d+/],
      ['QUIT', /^221 /],
    ]
    for (const [line, expectedReply] of session) {
      if (line !== undefined) child.stdin.write(Buffer.from(`${line}\n`, 'latin1'))
      const reply = await replies.next()
      assert.match(String(reply.value), expectedReply)
    }
    child.stdin.end()
    await exited
    await arrives('by hand')
  })

  assert.equal(await running.stop(), 0)
})
