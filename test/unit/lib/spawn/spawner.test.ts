import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Deliver, Delivery, Report } from '../../../../lib/delivery/delivery.ts'
import { encodeCommand } from '../../../../lib/spawn/command.ts'
import { serveDeliveries } from '../../../../lib/spawn/spawner.ts'

/** Commands that the test sends one by one. */
function channel() {
  const chunks: (Uint8Array | undefined)[] = []
  let wake = () => {}
  async function* read() {
    for (;;) {
      if (chunks.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      const chunk = chunks.shift()
      if (chunk === undefined) return
      yield chunk
    }
  }
  const send = (chunk?: Uint8Array): void => {
    chunks.push(chunk)
    wake()
  }
  return { commands: read(), send }
}

/** A deliverer whose deliveries end when the test says so. */
function slowDeliver() {
  const started: { readonly delivery: Delivery; end(report: Report): void }[] = []
  const deliver: Deliver = (delivery) =>
    new Promise((resolve) => started.push({ delivery, end: (report) => resolve([report]) }))
  return { started, deliver }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
const good = { letter: 'K', text: 'ok\n' } as const

test('the capacity comes first, reports come in the order in which deliveries end', async () => {
  const { commands, send } = channel()
  const { started, deliver } = slowDeliver()
  const out: string[] = []
  const served = serveDeliveries({
    commands,
    deliver,
    write: (bytes) => out.push(Buffer.from(bytes).toString('latin1')),
  })
  send(Buffer.concat([encodeCommand(3, '0/1', 's@d', 'a@h'), encodeCommand(4, '0/2', '', 'b@h')]))
  await turn()
  assert.deepEqual(
    started.map(({ delivery }) => delivery),
    [
      { messid: '0/1', sender: 's@d', recipients: ['a@h'] },
      { messid: '0/2', sender: '', recipients: ['b@h'] },
    ],
  )
  started[1]?.end(good)
  await turn()
  started[0]?.end({ letter: 'D', text: 'no\n' })
  send()
  await served
  assert.deepEqual(out, ['x', '\x04Kok\n\0', '\x03Dno\n\0'])
})

test('G20: a number in use is refused, the first delivery goes on, and the number is free after its report', async () => {
  const { commands, send } = channel()
  const { started, deliver } = slowDeliver()
  const out: string[] = []
  const served = serveDeliveries({
    commands,
    deliver,
    write: (bytes) => out.push(Buffer.from(bytes).toString('latin1')),
  })
  const command = encodeCommand(3, '0/1', 's@d', 'a@h')
  send(command)
  send(command)
  await turn()
  assert.deepEqual(out, ['x', '\x03ZInternal error: delnum in use. (#4.3.5)\n\0'])
  started[0]?.end(good)
  await turn()
  send(command)
  await turn()
  started[1]?.end(good)
  send()
  await served
  assert.deepEqual(out.slice(2), ['\x03Kok\n\0', '\x03Kok\n\0'])
})

test('G25: after the end of the commands what runs is finished and reported', async () => {
  const { commands, send } = channel()
  const { started, deliver } = slowDeliver()
  const out: string[] = []
  let isOver = false
  const served = serveDeliveries({
    commands,
    deliver,
    write: (bytes) => out.push(Buffer.from(bytes).toString('latin1')),
  }).then(() => (isOver = true))
  send(encodeCommand(3, '0/1', 's@d', 'a@h'))
  send()
  await turn()
  assert.equal(isOver, false)
  started[0]?.end(good)
  await served
  assert.deepEqual(out, ['x', '\x03Kok\n\0'])
})

test('a deliverer that throws costs one deferral', async () => {
  const out: string[] = []
  await serveDeliveries({
    commands: (async function* () {
      yield encodeCommand(3, '0/1', 's@d', 'a@h')
    })(),
    deliver: () => Promise.reject(new Error('a bug')),
    write: (bytes) => out.push(Buffer.from(bytes).toString('latin1')),
  })
  assert.deepEqual(out, ['x', '\x03ZInternal error: no report. (#4.3.5)\n\0'])
})

test('a send that no longer reads does not keep deliveries from being finished', async () => {
  let count = 0
  await serveDeliveries({
    commands: (async function* () {
      yield encodeCommand(3, '0/1', 's@d', 'a@h')
      yield encodeCommand(4, '0/1', 's@d', 'a@h')
    })(),
    deliver: async () => {
      count++
      return [good]
    },
    write: () => {
      throw new Error('EPIPE')
    },
  })
  assert.equal(count, 2)
})
