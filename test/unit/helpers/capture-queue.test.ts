import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { test } from 'node:test'
import { type CaptureOptions, captureQueue } from '../../helpers/capture-queue.ts'

async function submit(queue: ReturnType<typeof captureQueue>, message: Buffer, envelope: Buffer) {
  const child = spawn(queue.program, [], {
    stdio: ['pipe', 'pipe', 'ignore', 'ignore', 'pipe', 'ignore', 'pipe'],
    env: { ...process.env, ...queue.env },
  })
  const said: Record<number, string> = { 4: '', 6: '' }
  for (const fd of [4, 6]) {
    const stream = child.stdio[fd] as Readable
    stream.on('data', (chunk: Buffer) => (said[fd] += chunk.toString('latin1')))
  }
  for (const [fd, bytes] of [[0, message] as const, [1, envelope] as const]) {
    const stream = child.stdio[fd] as unknown as Writable
    stream.on('error', () => undefined)
    stream.end(bytes)
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code, signal, said }
}

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

test('both descriptors are kept byte for byte', async () => {
  using queue = captureQueue()
  const big = Buffer.concat(Array.from({ length: 1000 }, () => everyByte))
  const envelope = Buffer.from('Fa@b\0Tc@d\0\0')
  const { code } = await submit(queue, big, envelope)
  assert.equal(code, 0)
  const capture = queue.only()
  assert.ok(capture.message?.equals(big))
  assert.ok(capture.envelope?.equals(envelope))
  assert.equal(capture.environment['QMAILQUEUE'], queue.program)
})

test('runs are kept apart, in the order of finishing', async () => {
  using queue = captureQueue()
  for (const text of ['one', 'two', 'three']) await submit(queue, Buffer.from(text), Buffer.from('\0'))
  assert.deepEqual(
    queue.captures().map(({ message }) => message?.toString()),
    ['one', 'two', 'three'],
  )
})

test('exit code, signal and texts are as told', async () => {
  const outcomes = async (options: CaptureOptions) => {
    using queue = captureQueue(options)
    return await submit(queue, everyByte, everyByte)
  }
  assert.deepEqual(await outcomes({ exit: 31 }), { code: 31, signal: null, said: { 4: '', 6: '' } })
  assert.deepEqual(await outcomes({ signal: 'KILL' }), {
    code: null,
    signal: 'SIGKILL',
    said: { 4: '', 6: '' },
  })
  assert.deepEqual(await outcomes({ exit: 82, text4: 'Dno %s', text6: 'Zlater' }), {
    code: 82,
    signal: null,
    said: { 4: 'Dno %s', 6: 'Zlater' },
  })
})

test('descriptors that it shall not read are not read', async () => {
  using queue = captureQueue({ read: 'none', exit: 53 })
  const { code } = await submit(queue, everyByte, everyByte)
  assert.equal(code, 53)
  assert.deepEqual([queue.only().message, queue.only().envelope], [undefined, undefined])
})
