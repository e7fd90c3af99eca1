/**
 * Power fails at every single operation of an enqueue. Afterwards: what was answered with success is in the queue, whole, and what is
 * in todo is whole in any case; everything else is garbage that the sweeper may take.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byteString, bytesOf } from '../../lib/bytes/bytes.ts'
import { ok } from '../../lib/failure/failure.ts'
import { classicWriter } from '../../lib/queue/draft.ts'
import { passThrough } from '../../lib/queue/filter.ts'
import { SPLIT } from '../../lib/queue/paths.ts'
import { openIntake } from '../../src/queue/queue.ts'
import { Died, DyingDisk, random } from '../helpers/dying-disk.ts'

const splits = Array.from({ length: SPLIT }, (_, split) => `mess/${split}`)
const directories = ['pid', 'intd', 'todo', ...splits]
const body = 'Subject: t\n\n' + 'line of text\n'.repeat(200)
const recipient = 'Tjoe@local.example\0'
const records = `Fa@b\0${recipient.repeat(60)}`

interface Envelope {
  /** As on descriptor 1, with its terminator. */
  readonly wire: string
  /** As in todo. */
  readonly records: string
}

const plain: Envelope = { wire: `${records}\0`, records }
const carrying: Envelope = {
  wire: `${records}\0E1\0MRET=HDRS\0R59 NOTIFY=NEVER\0\0`,
  records: `Fa@b\0p;1 M RET=HDRS\0${recipient.repeat(60)}p;1 R NOTIFY=NEVER\0`,
}

/** True when success was said. */
async function enqueue(
  disk: DyingDisk,
  messageSync: 'before' | 'beside',
  { wire }: Envelope,
): Promise<boolean> {
  let now = 1_000_000_000
  const writer = classicWriter(disk, {
    pid: 7,
    now: () => (now += 1000),
    trigger: () => {},
    messageSync,
  })
  const intaking = {
    writer,
    known: {},
    smtpdUid: -1,
    filter: passThrough,
    isExtended: () => ok(wire !== plain.wire),
    now: () => 1_000_000_000,
  }
  const intake = await openIntake(intaking, { uid: 1000, qp: 7 })
  if (!intake.ok) return false
  for (let at = 0; at < body.length; at += 1000)
    await intake.value.message(bytesOf(body.slice(at, at + 1000)))
  for (let at = 0; at < wire.length; at += 500) await intake.value.envelope(bytesOf(wire.slice(at, at + 500)))
  return (await intake.value.finish()).ok
}

function check(disk: DyingDisk, said: boolean, { records }: Envelope, what: string): void {
  const queued = disk.names('todo')
  if (said) assert.equal(queued.length, 1, `${what}: success was said, and nothing is queued`)
  for (const number of queued) {
    const todo = disk.content(`todo/${number}`)
    const mess = disk.content(`mess/${Number(number) % SPLIT}/${number}`)
    assert.ok(todo !== undefined && mess !== undefined, `${what}: the message is missing`)
    assert.equal(byteString(todo), `u1000\0p7\0${records}`, `${what}: the envelope is damaged`)
    assert.ok(byteString(mess).endsWith(`-0000\n${body}`), `${what}: the message is damaged`)
  }
}

const SEEDS = 40

for (const messageSync of ['before', 'beside'] as const) {
  for (const envelope of [plain, carrying]) {
    const what = `message synced ${messageSync} the envelope${envelope === plain ? '' : ', with parameters'}`
    test(`${what}: a queued message is whole, an acknowledged one is queued`, async () => {
      const whole = new DyingDisk(directories, true)
      assert.ok(await enqueue(whole, messageSync, envelope))
      check(whole, true, envelope, 'no death')
      let checked = 0
      for (let dieAt = 1; dieAt <= whole.operations + 1; dieAt++) {
        for (let seed = 0; seed < SEEDS; seed++) {
          const disk = new DyingDisk(directories, true)
          disk.dieAt = dieAt
          const said = await enqueue(disk, messageSync, envelope)
          const after = disk.afterPowerLoss(random(seed * 1000 + dieAt))
          check(after, said, envelope, `death at ${dieAt}, seed ${seed}`)
          checked++
        }
      }
      console.log(`# ${checked} deaths at ${whole.operations} operations`)
    })
  }
}

test('the dying disk loses what was not synced, so this test can fail', async () => {
  const disk = new DyingDisk(directories, true)
  const file = await disk.create('pid/x')
  await file.write(bytesOf('x'.repeat(2000)))
  const seen = new Set(
    Array.from({ length: 50 }, (_, seed) => disk.afterPowerLoss(random(seed)).content('pid/x')?.length),
  )
  assert.ok(seen.has(undefined) && seen.has(0) && seen.has(2000))
  await file.sync()
  for (let seed = 0; seed < 50; seed++)
    assert.equal(disk.afterPowerLoss(random(seed)).content('pid/x')?.length, 2000)
  disk.dieAt = disk.operations + 1
  await assert.rejects(disk.unlink('pid/x'), Died)
})
