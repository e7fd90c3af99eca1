/**
 * The ways of a .qmail file, through the whole suite: mbox, Maildir, a program that uses /dev/stdin and /dev/stderr, forward; the aliases of
 * a fresh home and its program delivery.
 */
import assert from 'node:assert/strict'
import { chownSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { enqueue } from '../helpers/enqueue.ts'
import { makeTestHome } from '../helpers/home.ts'
import { assertDelivered, untilFile, untilSubject, untilSubjects } from '../helpers/mailbox.ts'
import { freePort } from '../helpers/peers.ts'
import { startRunning } from '../helpers/running.ts'

test('each instruction of a .qmail file does what it says', { timeout: 60_000 }, async (t) => {
  const { home, accounts, maildir, bin } = makeTestHome(t)
  const you = `${home}/mail/you`
  const running = await startRunning(home, await freePort())
  t.after(() => running.kill().catch(() => {}))

  function dotQmail(ext: string, lines: string): void {
    const path = `${you}/.qmail-${ext}`
    writeFileSync(path, lines, { mode: 0o644 })
    chownSync(path, accounts.you.uid, accounts.you.gid)
  }

  async function send(to: string, subject: string, body = 'hello\nFrom me\n'): Promise<string> {
    const message = `Subject: ${subject}\n\n${body}`
    assert.equal(await enqueue(bin('queue'), message, 'joe@remote.test', [to]), 0)
    return message
  }

  await t.test('a Maildir', async () => {
    const message = await send('You@Example.Test', 'maildir')
    assertDelivered(await untilSubject(maildir, 'maildir'), message)
  })

  await t.test('an mbox, with its From line and quoting', async () => {
    dotQmail('mbox', './Mailbox\n')
    await send('you-mbox@example.test', 'mbox')
    const mbox = await untilFile(you, 'Mailbox', (text) => text.endsWith('\n\n'))
    assert.match(
      mbox,
      /^From joe@remote\.test \w{3} \w{3} \d\d \d\d:\d\d:\d\d \d{4}\nReturn-Path: <joe@remote\.test>\n/,
    )
    assert.ok(mbox.endsWith('\nSubject: mbox\n\nhello\n>From me\n\n'), mbox)
  })

  await t.test('a program that opens /dev/stdin and writes to /dev/stderr', async () => {
    dotQmail('prog', '|cat /dev/stdin > got.new && mv got.new got; echo said this > /dev/stderr\n')
    const message = await send('you-prog@example.test', 'prog')
    const got = await untilFile(you, 'got', (text) => text !== '')
    assert.ok(got.endsWith(message))
    assert.match(got, /^Received: \(qmail /, 'nothing of local is in front')
  })

  await t.test('several lines, in order, with the variables of local', async () => {
    dotQmail(
      'many',
      '# comment\n|printf "%s %s %s\\n" "$EXT" "$SENDER" "$RECIPIENT" >> many\n./Maildir/\n&you@example.test\n|echo last >> many\n',
    )
    const message = await send('you-many@example.test', 'many')
    assert.equal(
      await untilFile(you, 'many', (text) => text.includes('last\n')),
      'many joe@remote.test you-many@example.test\nlast\n',
    )
    const messages = await untilSubjects(maildir, 'many', 2)
    const forwarded = messages.find((one) => one.includes('Delivered-To: you@example.test\n')) ?? ''
    assert.ok(forwarded.includes('Delivered-To: you-many@example.test\n'))
    for (const one of messages) assert.ok(one.endsWith(message))
  })

  for (const alias of ['postmaster', 'hello', 'root']) {
    await t.test(`the alias ${alias} of a fresh home`, async () => {
      await send(`${alias}@example.test`, alias)
      assert.match(
        await untilSubject(maildir, alias),
        new RegExp(`Delivered-To: you@example.test\n(.*\n)+Delivered-To: ${alias}@example.test\n`),
      )
    })
  }

  await t.test('the program delivery of a fresh home', async () => {
    await send('you-log@example.test', 'log')
    const log = await untilFile(you, 'log.txt', (text) => text !== '')
    assert.match(log, /^you-log@example\.test: \d+ bytes from <joe@remote\.test>\n$/)
  })

  await t.test('a mailbox that is not there: the sender gets his mail back', async () => {
    const message = 'Subject: nobody\n\nhello\n'
    assert.equal(await enqueue(bin('queue'), message, 'you@example.test', ['you-nobody@example.test']), 0)
    const bounce = await untilSubject(maildir, 'failure notice')
    assert.match(bounce, /^Return-Path: <>\n/)
    assert.match(
      bounce,
      /\n<you-nobody@example\.test>:\nSorry, no mailbox here by that name\. \(#5\.1\.1\)\n/,
    )
    const [, boundary = ''] = /boundary="(.*)"/.exec(bounce) ?? []
    assert.ok(bounce.endsWith(`${message}\n--${boundary}--\n`), bounce)
  })

  assert.equal(await running.stop(), 0)
})
