/** qmail-local(8): forwards, against a queue program that keeps what it gets. Numbers in titles are those of the conformance cases. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byteString } from '../../../lib/bytes/bytes.ts'
import { type CaptureOptions, type CaptureQueue, captureQueue } from '../../helpers/capture-queue.ts'
import { bounced, type DeliveryOptions, type Ended, Home, later, message } from '../../helpers/delivery.ts'

interface Forwarded {
  readonly ended: Ended
  readonly queue: CaptureQueue
}

async function forward(
  home: Home,
  options: DeliveryOptions = {},
  capture?: CaptureOptions,
): Promise<Forwarded> {
  const queue = captureQueue(capture)
  return { ended: await home.deliver({ ...options, env: queue.env }), queue }
}

function envelopeOf(queue: CaptureQueue): string {
  return byteString(queue.only().envelope ?? Buffer.alloc(0))
}

async function senderOf(home: Home, options: DeliveryOptions): Promise<string | undefined> {
  const { queue } = await forward(home, options)
  using kept = queue
  return /^F([^\0]*)\0/.exec(envelopeOf(kept))?.[1]
}

test('I19: all forwards are one message of Delivered-To and the original', async (t) => {
  const home = new Home(t)
  home.write('.qmail', '&x@y\n|echo between\nz@w\n')
  const { ended, queue } = await forward(home)
  using kept = queue
  assert.match(ended.stdout, /^between\ndid 0\+2\+1\nqp \d+\n$/)
  assert.equal(ended.code, 0)
  assert.equal(kept.only().message?.toString('latin1'), `Delivered-To: joe@h.e.example\n${message}`)
  assert.equal(envelopeOf(kept), 'Fs@d.example\0Tx@y\0Tz@w\0\0')
})

test('the queue program finds the environment of programs', async (t) => {
  const home = new Home(t)
  home.write('.qmail', 'x@y\n')
  using kept = (await forward(home)).queue
  const { environment } = kept.only()
  assert.equal(environment['RECIPIENT'], 'joe@h.e.example')
  assert.equal(environment['INHERITED'], 'yes')
})

test('I20, I21: forwards of a list come from its owner, with VERP if there is owner-default', async (t) => {
  const home = new Home(t)
  home.write('.qmail-l', 'x@y\n')
  assert.equal(await senderOf(home, { dash: '-', ext: 'l' }), 's@d.example')
  home.write('.qmail-l-owner', '')
  assert.equal(await senderOf(home, { dash: '-', ext: 'l' }), 'joe-l-owner@h.e.example')
  home.write('.qmail-l-owner-default', '')
  assert.equal(await senderOf(home, { dash: '-', ext: 'l' }), 'joe-l-owner-@h.e.example-@[]')
})

test('I22: bounces keep their sender', async (t) => {
  const home = new Home(t)
  home.write('.qmail-l', 'x@y\n')
  home.write('.qmail-l-owner', '')
  home.write('.qmail-l-owner-default', '')
  for (const sender of ['', '#@[]'])
    assert.equal(await senderOf(home, { dash: '-', ext: 'l', sender }), sender)
})

test("I23: the owner of the address counts where another's default decides", async (t) => {
  const home = new Home(t)
  home.write('.qmail-default', 'x@y\n')
  home.write('.qmail-l-owner', '')
  assert.equal(await senderOf(home, { dash: '-', ext: 'l' }), 'joe-l-owner@h.e.example')
})

test('I24: nothing is queued when a later line fails', async (t) => {
  const home = new Home(t)
  home.write('.qmail', 'x@y\n|exit 111\n')
  const { ended, queue } = await forward(home)
  using kept = queue
  assert.deepEqual(ended, later(''))
  assert.deepEqual(kept.captures(), [])
})

test('I25: forwards before a program that exits 99 are sent, those behind it are not', async (t) => {
  const home = new Home(t)
  home.write('.qmail', 'x@y\n|exit 99\nz@w\n')
  const { ended, queue } = await forward(home)
  using kept = queue
  assert.match(ended.stdout, /^did 0\+1\+1\nqp \d+\n$/)
  assert.equal(envelopeOf(kept), 'Fs@d.example\0Tx@y\0\0')
})

test('I26: what the queue refuses is said in its words', async (t) => {
  const home = new Home(t)
  home.write('.qmail', 'x@y\n')
  assert.deepEqual(
    await home.deliver({ env: { QMAILQUEUE: '/nonexistent' } }),
    later('Unable to forward message: unable to exec qq (#4.3.0).'),
  )
  const cases: [capture: CaptureOptions, ended: Ended][] = [
    [{ exit: 31 }, bounced('Unable to forward message: mail server permanently rejected message (#5.3.0).')],
    [{ exit: 53 }, later('Unable to forward message: qq write error or disk full (#4.3.0).')],
    [{ signal: 'KILL' }, later('Unable to forward message: qq crashed (#4.3.0).')],
    [{ exit: 82, text6: 'Dno thanks (#5.7.1)' }, bounced('Unable to forward message: no thanks (#5.7.1).')],
  ]
  for (const [capture, expected] of cases) {
    const { ended, queue } = await forward(home, {}, capture)
    using _ = queue
    assert.deepEqual(ended, expected)
  }
})

test('addresses are forwarded to as the bytes they are', async (t) => {
  const home = new Home(t)
  home.write('.qmail', '&caf\xe9@y\n  two words@x\n%x@y\n')
  using kept = (await forward(home)).queue
  assert.equal(envelopeOf(kept), 'Fs@d.example\0Tcaf\xe9@y\0T  two words@x\0T%x@y\0\0')
})

test('2,000 addresses and a message of 2 MiB go through', async (t) => {
  const home = new Home(t)
  const addresses = Array.from({ length: 2000 }, (_, index) => `somebody${index}@list.example`)
  home.write('.qmail', `${addresses.join('\n')}\n`, 0o744)
  const big = 'Subject: big\n\n'.padEnd(2_097_152, 'line\n')
  const { ended, queue } = await forward(home, { message: big })
  using kept = queue
  assert.match(ended.stdout, /^did 0\+2000\+0\nqp \d+\n$/)
  assert.equal(kept.only().message?.toString('latin1'), `Delivered-To: joe@h.e.example\n${big}`)
  assert.equal(envelopeOf(kept).split('\0').length, 2000 + 3)
})
