/**
 * The life of `make run`: it says when it is ready, a second one in the same home says that one runs, a taken port is a clear line, the end leaves no
 * process, what was queued goes on at the next start, and a suite whose starter was killed ends by itself.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chownSync, readFileSync, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { enqueue } from '../helpers/enqueue.ts'
import { makeTestHome } from '../helpers/home.ts'
import { untilFile, untilSubject } from '../helpers/mailbox.ts'
import { freePort } from '../helpers/peers.ts'
import { startRunning } from '../helpers/running.ts'

/** Every process whose environment names the home: whatever the suite started, and what that started. */
function processesOf(home: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`JSMAIL_HOME=${home}\0`) &&
          readlinkSync(`/proc/${pid}/exe`) !== ''
        )
      } catch {
        return false
      }
    })
}

/** Until the kernel has taken the last of them away: it tells nobody, so it is asked again. */
async function untilGone(home: string): Promise<void> {
  const giveUp = Date.now() + 10_000
  while (processesOf(home).length > 0) {
    assert.ok(Date.now() < giveUp, `still there: ${processesOf(home).join(' ')}`)
    await new Promise((again) => setTimeout(again, 50))
  }
}

test(
  'the ready line names the address, and an end by TERM leaves no process',
  { timeout: 60_000 },
  async (t) => {
    const { home } = makeTestHome(t)
    const port = await freePort()
    const running = await startRunning(home, port)
    t.after(() => running.kill().catch(() => {}))
    const ready = running.lines.filter((line) => line.startsWith('jsmail: ready'))
    assert.deepEqual(ready, [`jsmail: ready: SMTP on 127.0.0.1:${port}, home ${home}`])
    assert.ok(processesOf(home).length >= 6, 'the suite runs')

    await t.test('a second one in the same home says that one is running', async () => {
      const second = startRunning(home, await freePort())
      await assert.rejects(
        second,
        new RegExp(
          `ended with 1:\nrun: jsmail is running in ${home} already \\(process ${running.child.pid}\\)`,
        ),
      )
    })

    const before = Date.now()
    assert.equal(await running.stop(), 0)
    assert.ok(Date.now() - before < 3000, 'it takes no longer than a second and a bit')
    assert.deepEqual(processesOf(home), [])
  },
)

test('a delivery that does not end is killed a second after TERM', { timeout: 60_000 }, async (t) => {
  const { home, bin } = makeTestHome(t)
  const dotQmail = `${home}/mail/you/.qmail-sleep`
  writeFileSync(dotQmail, '|trap "" TERM; echo slept >> slept; sleep 1000\n')
  const { uid, gid } = statSync(`${home}/mail/you`)
  chownSync(dotQmail, uid, gid)
  const running = await startRunning(home, await freePort())
  t.after(() => running.kill().catch(() => {}))
  assert.equal(
    await enqueue(bin('queue'), 'Subject: sleep\n\n', 'joe@remote.test', ['you-sleep@example.test']),
    0,
  )
  await untilFile(`${home}/mail/you`, 'slept', (text) => text === 'slept\n')
  assert.equal(await running.stop(), 0)
  assert.deepEqual(processesOf(home), [])
})

test('what was queued goes on at the next start', { timeout: 60_000 }, async (t) => {
  const { home, maildir, bin, control } = makeTestHome(t)
  control({ concurrencylocal: '0\n' })
  const first = await startRunning(home, await freePort())
  t.after(() => first.kill().catch(() => {}))
  assert.equal(await enqueue(bin('queue'), 'Subject: waits\n\nhello\n', '', ['you@example.test']), 0)
  assert.equal(await first.stop(), 0)
  assert.deepEqual(readdirSync(`${maildir}/new`), [])

  control({ concurrencylocal: '10\n' })
  const second = await startRunning(home, await freePort())
  t.after(() => second.kill().catch(() => {}))
  assert.ok((await untilSubject(maildir, 'waits')).endsWith('Subject: waits\n\nhello\n'))
  assert.equal(await second.stop(), 0)
})

test('a port that is taken is one clear line', { timeout: 60_000 }, async (t) => {
  const { home } = makeTestHome(t)
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.after(() => taken.close())
  const address = taken.address()
  assert.ok(typeof address === 'object' && address !== null)
  const { port } = address
  await assert.rejects(
    startRunning(home, port),
    new RegExp(`ended with 1:\nrun: port ${port} on 127\\.0\\.0\\.1 is in use: .*make run PORT=${port + 1}$`),
  )
  assert.deepEqual(processesOf(home), [])
})

test(
  'when only the starter is killed, the suite ends by itself and can be started again at once',
  { timeout: 60_000 },
  async (t) => {
    const { home } = makeTestHome(t)
    const port = await freePort()
    const first = await startRunning(home, port)
    const exited = once(first.child, 'exit')
    first.child.kill('SIGKILL')
    await exited
    const second = await startRunning(home, port)
    t.after(() => second.kill().catch(() => {}))
    assert.equal(await second.stop(), 0)
    await untilGone(home)
  },
)

test('KILL to the process group takes everything', { timeout: 60_000 }, async (t) => {
  const { home } = makeTestHome(t)
  const running = await startRunning(home, await freePort())
  await running.kill()
  await untilGone(home)
})
