import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { bytesOf } from '../../../../lib/bytes/bytes.ts'
import { headerHasLine } from '../../../../src/local/loop.ts'

const line = 'Delivered-To: joe@x\n'

function found(...chunks: readonly string[]): Promise<boolean> {
  return headerHasLine(chunks.map(bytesOf), line)
}

test('the line is found first, last and between others', async () => {
  assert.ok(await found(`${line}Subject: t\n\nbody\n`))
  assert.ok(await found(`Subject: t\n${line}\nbody\n`))
  assert.ok(await found(`A: b\n${line}C: d\n\n`))
  assert.ok(await found(line))
})

test('only the whole line counts, byte for byte', async () => {
  for (const text of [
    'delivered-to: joe@x\n',
    'Delivered-To: Joe@x\n',
    'Delivered-To: joe@x \n',
    'Delivered-To: joe@x\r\n',
    'Delivered-To: joe@x',
    ' Delivered-To: joe@x\n',
    'X-Delivered-To: joe@x\n',
    'Delivered-To: joe@xy\n',
  ]) {
    assert.equal(await found(`A: b\n${text}`), false, text)
  }
})

test('the body does not count', async () => {
  assert.equal(await found(`Subject: t\n\n${line}`), false)
  assert.equal(await found(`\n${line}`), false)
  assert.equal(await found('\n', line), false)
  assert.equal(await found(), false)
})

test('however the message is cut, the answer is that of its lines', async () => {
  const piece = fc.constantFrom(
    'Delivered-To',
    ': joe@x',
    '\n',
    'Delivered-To: joe@x\n',
    'A: b',
    'D',
    '\n\n',
    '',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (chunks) => {
      const lines = chunks.join('').split(/(?<=\n)/)
      const end = lines.indexOf('\n')
      const header = end === -1 ? lines : lines.slice(0, end)
      assert.equal(await found(...chunks), header.includes(line))
    }),
    { numRuns: 2000 },
  )
})

test('a header of 16 MiB is searched without being kept', async () => {
  let largest = 0
  function* chunks(): Generator<Uint8Array> {
    const chunk = Buffer.from('X-Filler: aaaaaaaaaaaaaaaaaaaa\n'.repeat(2048))
    for (let count = 0; count < 256; count += 1) yield chunk
    largest = chunk.length
    yield bytesOf(line)
  }
  assert.ok(await headerHasLine(chunks(), line))
  assert.ok(largest > 0)
})
