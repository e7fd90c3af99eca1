import { deepEqual, equal, throws } from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { makeFifo } from '../../../../lib/os/os.ts'
import { DataEncoder } from '../../../../lib/smtp/send-data.ts'
import { messageOn, surveyOf } from '../../../../src/remote/message.ts'

async function read(message: ReturnType<typeof messageOn>): Promise<string> {
  let content = ''
  for await (const chunk of message.chunks()) content += Buffer.from(chunk).toString('latin1')
  return content
}

function directory() {
  const path = mkdtempSync(`${tmpdir()}/message-`)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

test('a file is read from where the descriptor stands, also after it was gone through', async () => {
  using place = directory()
  writeFileSync(`${place.path}/m`, 'skipped\nbody\xe9\n', 'latin1')
  const fd = openSync(`${place.path}/m`, 'r')
  readSync(fd, Buffer.alloc(8), 0, 8, null)
  const message = messageOn(fd)
  deepEqual(message.survey(), { sizeBytes: 7, is8bit: true })
  equal(await read(message), 'body\xe9\n')
  closeSync(fd)
})

test('a large file comes in chunks of at most 64 KiB, whole', async () => {
  using place = directory()
  const content = Buffer.from('0123456789abcde\n'.repeat(20_000))
  writeFileSync(`${place.path}/m`, content)
  const fd = openSync(`${place.path}/m`, 'r')
  const chunks: Buffer[] = []
  for await (const chunk of messageOn(fd).chunks()) chunks.push(Buffer.from(chunk))
  equal(Math.max(...chunks.map(({ length }) => length)), 65_536)
  equal(Buffer.concat(chunks).equals(content), true)
  closeSync(fd)
})

test('a pipe is read once and not gone through', async () => {
  using place = directory()
  makeFifo(`${place.path}/fifo`, 0o600)
  const both = openSync(`${place.path}/fifo`, 'r+')
  const reader = openSync(`${place.path}/fifo`, 'r')
  writeFileSync(both, 'by pipe\n')
  closeSync(both)
  const message = messageOn(reader)
  equal(message.survey(), undefined)
  equal(await read(message), 'by pipe\n')
})

test('a descriptor that cannot be read is an error', () => {
  throws(() => messageOn(9999), { code: 'EBADF' })
  using place = directory()
  const fd = openSync(`${place.path}/w`, 'w')
  throws(() => messageOn(fd).survey(), { code: 'EBADF' })
  closeSync(fd)
})

test('the size is that of the wire without doubled dots, however the message is cut', () => {
  const part = fc.array(fc.constantFrom('\r', '\n', 'a', 'bc'), { maxLength: 12 })
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const chunks = parts.map((one) => Buffer.from(one.join('')))
      const encoder = new DataEncoder()
      const onWire = Buffer.concat([...chunks.map((chunk) => encoder.encode(chunk)), encoder.finish()])
      const added = encoder.isMidLine ? 5 : 3
      equal(surveyOf(chunks.filter(({ length }) => length > 0)).sizeBytes, onWire.length - added)
    }),
    { numRuns: 2000 },
  )
})
