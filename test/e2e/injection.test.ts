/**
 * Mail from this machine: inject, sendmail -t, and queue by descriptors 0 and 1, as the suite's user and, where we are root, as a
 * user who may not write the queue.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { enqueue } from '../helpers/enqueue.ts'
import { makeTestHome } from '../helpers/home.ts'
import { assertDelivered, untilSubject } from '../helpers/mailbox.ts'
import { freePort, withoutRoot } from '../helpers/peers.ts'
import { startRunning } from '../helpers/running.ts'

/** Nobody's: in no group of the suite. */
const stranger = { uid: 59998, gid: 59998 }

interface Run {
  readonly program: string
  readonly args?: readonly string[]
  readonly input: string
  readonly id?: { readonly uid: number; readonly gid: number }
}

async function exitOf({ program, args = [], input, id }: Run): Promise<number> {
  const child = spawn(program, args, {
    stdio: ['pipe', 'inherit', 'inherit'],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', USER: 'joe' },
    ...id,
  })
  child.stdin.end(input)
  const [code] = (await once(child, 'exit')) as [number]
  return code
}

test('what is injected here arrives', { timeout: 60_000 }, async (t) => {
  const { home, maildir, bin } = makeTestHome(t)
  const running = await startRunning(home, await freePort())
  t.after(() => running.kill().catch(() => {}))

  for (const [who, id] of [
    ['the user who runs this', undefined],
    ['a user who may not write the queue', stranger],
  ] as const) {
    const skip = id === undefined ? false : withoutRoot()

    await t.test(`inject, as ${who}`, { skip }, async () => {
      const input = `To: you@example.test\nSubject: inject ${who}\n\nhello\n`
      assert.equal(await exitOf({ program: bin('inject'), input, ...(id && { id }) }), 0)
      const found = await untilSubject(maildir, `inject ${who}`)
      assert.match(found, /\nDate: \d+ \w{3} \d{4} [\d:]{8} -0000\nMessage-ID: <\d{14}\.\d+\.qmail@/)
      assert.match(found, /\nFrom: joe@/)
      assert.ok(found.endsWith(`\nTo: you@example.test\nSubject: inject ${who}\n\nhello\n`), found)
    })

    await t.test(`sendmail -t, as ${who}`, { skip }, async () => {
      const input = `To: you@example.test\nSubject: sendmail ${who}\n\n.\nhello\n`
      const args = ['-t', '-i', '-f', 'joe@example.test']
      assert.equal(await exitOf({ program: bin('sendmail'), args, input, ...(id && { id }) }), 0)
      const found = await untilSubject(maildir, `sendmail ${who}`)
      assert.match(found, /^Return-Path: <joe@example.test>\n/)
      assert.ok(found.endsWith(`\n\n.\nhello\n`), found)
    })

    await t.test(`queue by descriptors 0 and 1, as ${who}`, { skip }, async () => {
      const message = `Subject: queue ${who}\n\n\0 and \xff, no line end`
      const sender = 'joe@remote.test'
      const code = await enqueue(bin('queue'), message, sender, ['you@example.test'], { ...(id && { id }) })
      assert.equal(code, 0)
      const found = await untilSubject(maildir, `queue ${who}`)
      assertDelivered(found, message)
      const invoked =
        id === undefined ? /Received: \(qmail \d+ invoked / : /Received: \(qmail \d+ invoked by uid 59998\); /
      assert.match(found, invoked)
    })
  }

  assert.equal(await running.stop(), 0)
})
