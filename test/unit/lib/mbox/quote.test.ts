import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { byteString, bytesOf } from '../../../../lib/bytes/bytes.ts'
import { quoting } from '../../../../lib/mbox/quote.ts'

function quote(...chunks: readonly string[]): string {
  const stream = quoting()
  const parts = [...chunks.flatMap((chunk) => stream.push(bytesOf(chunk))), ...stream.end()]
  return byteString(Buffer.concat(parts))
}

/** The same by lines, which a stream cannot do. */
function quoteByLines(text: string): string {
  const closed = text === '' || text.endsWith('\n') ? text : `${text}\n`
  return `${closed.replace(/(?<![^\n])>*From /g, '>$&')}\n`
}

test('a line that reads From_ after any number of > gets one more', () => {
  assert.equal(quote('From a\n>From b\n>>>From c\n'), '>From a\n>>From b\n>>>>From c\n\n')
})

test('From_ elsewhere is left alone', () => {
  const text = 'Subject: From here\n From there\nFrom\nFrom:\nfrom x\n> From y\nFro\n'
  assert.equal(quote(text), `${text}\n`)
})

test('a last line without a line feed gets one; an empty message is an empty line', () => {
  assert.equal(quote('x'), 'x\n\n')
  assert.equal(quote('x\n'), 'x\n\n')
  assert.equal(quote('From'), 'From\n\n')
  assert.equal(quote('>>From '), '>>>From \n\n')
  assert.equal(quote(), '\n')
  assert.equal(quote(''), '\n')
})

test('a chunk with nothing to quote is passed on as it is, not copied', () => {
  const chunk = Buffer.from('nothing to do here\n')
  const [part, ...rest] = quoting().push(chunk)
  assert.equal(part?.buffer, chunk.buffer)
  assert.deepEqual(rest, [])
})

const pieces = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom('From ', 'From', '>', '\n', 'Fr', 'om ', ' ', 'F', '>From ', '\nFrom '),
    },
    { weight: 1, arbitrary: fc.constantFrom('x', '\r', '\0', '\xff', '') },
  ),
  { maxLength: 40 },
)

test('however the message is cut into chunks, the result is that of whole lines', () => {
  fc.assert(
    fc.property(pieces, (chunks) => {
      assert.equal(quote(...chunks), quoteByLines(chunks.join('')))
    }),
    { numRuns: 3000 },
  )
})

test('taking one > away gives the message back', () => {
  fc.assert(
    fc.property(pieces, (chunks) => {
      const text = `${chunks.join('')}\n`
      assert.equal(quote(text).replace(/(?<![^\n])>(>*From )/g, '$1'), `${text}\n`)
    }),
    { numRuns: 1000 },
  )
})

test('a line of 8 MiB of > in small chunks takes no memory and no quadratic time', () => {
  const stream = quoting()
  const chunk = Buffer.alloc(4096, '>')
  const started = performance.now()
  let written = 0
  for (let count = 0; count < 2048; count += 1) {
    for (const part of stream.push(chunk)) written += part.length
  }
  assert.deepEqual(byteString(Buffer.concat(stream.push(Buffer.from('From x')))), '>From x')
  assert.equal(written, 2048 * 4096)
  assert.ok(performance.now() - started < 2000)
})
