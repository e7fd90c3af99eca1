import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { byteString } from '../../../../lib/bytes/bytes.ts'
import { maildirs } from '../../../../lib/maildir/by-file.ts'
import { deliverToMbox } from '../../../../lib/mbox/by-file.ts'
import { submitByExec } from '../../../../lib/queue/by-exec.ts'
import { type Adapters, deliverLocal } from '../../../../src/local/local.ts'
import { programsOn } from '../../../../src/local/program.ts'
import { captureQueue } from '../../../helpers/capture-queue.ts'
import { sampleJob } from './sample.ts'

const root = mkdtempSync(join(tmpdir(), 'local-'))
after(() => rmSync(root, { recursive: true }))

const body = 'Subject: t\n\nFrom here\n'
const clock = { now: () => Date.UTC(2026, 10, 2, 12, 0, 5) }

/** What a process that lives long would give: the message in memory, one source of names. */
function adapters(changes: Partial<Adapters> = {}): Adapters {
  return {
    message: { chunks: () => [Buffer.from(body)] },
    env: {},
    clock,
    deliverToMaildir: maildirs({ pid: 7, host: 'h', now: clock.now }),
    deliverToMbox,
    runProgram: programsOn(0),
    openSubmission: () => assert.fail('no forward was asked for'),
    ...changes,
  }
}

test('one process delivers to many homes at once, wherever it stands', async () => {
  const shared = adapters()
  const homes = Array.from({ length: 25 }, (_, index) => join(root, `home${index}`))
  for (const home of homes) {
    for (const part of ['tmp', 'new', 'cur']) mkdirSync(join(home, 'Maildir', part), { recursive: true })
    writeFileSync(join(home, '.qmail'), './Maildir/\n./Mailbox\n')
  }
  const deliveries = [...homes, ...homes].map((home) => deliverLocal(sampleJob({ home }), shared))
  for (const outcome of await Promise.all(deliveries)) {
    assert.deepEqual(outcome, { code: 0, stdout: 'did 2+0+0\n', stderr: '' })
  }
  const head = 'Return-Path: <s@d.example>\nDelivered-To: joe@h.e.example\n'
  const mail = `From s@d.example Mon Nov 02 12:00:05 2026\n${head}${body.replace('\nFrom', '\n>From')}\n`
  for (const home of homes) {
    const names = readdirSync(join(home, 'Maildir/new'))
    assert.equal(names.length, 2)
    for (const name of names) {
      assert.equal(readFileSync(join(home, 'Maildir/new', name), 'latin1'), `${head}${body}`)
    }
    assert.equal(readFileSync(join(home, 'Mailbox'), 'latin1'), mail.repeat(2))
  }
})

test('I31: the lock of an mbox is waited for 30 seconds', async () => {
  const home = join(root, 'locked')
  mkdirSync(home)
  let lockSeconds = 0
  const outcome = await deliverLocal(
    sampleJob({ home }),
    adapters({
      deliverToMbox: (delivery) => {
        lockSeconds = delivery.lockSeconds
        return deliverToMbox({ ...delivery, lockSeconds: 0 })
      },
    }),
  )
  assert.equal(outcome.code, 0)
  assert.equal(lockSeconds, 30)
})

test('a message that cannot be read to its end is not forwarded', async () => {
  const home = join(root, 'unread')
  mkdirSync(home)
  writeFileSync(join(home, '.qmail'), 'x@y\n')
  using queue = captureQueue()
  const outcome = await deliverLocal(
    sampleJob({ home }),
    adapters({
      message: {
        *chunks() {
          yield Buffer.from('Subject: half\n\n')
          // The search for a loop ends before this.
          throw Object.assign(new Error('read'), { code: 'EIO' })
        },
      },
      openSubmission: (env) =>
        submitByExec({ program: queue.program, home: root, env: { ...process.env, ...env, ...queue.env } })(),
    }),
  )
  const stderr = 'Unable to forward message: qq read error (#4.3.0).\n'
  assert.deepEqual(outcome, { code: 111, stdout: '', stderr })
  const { envelope } = queue.only()
  assert.equal(byteString(envelope!), '', 'the queue program got no envelope')
})
