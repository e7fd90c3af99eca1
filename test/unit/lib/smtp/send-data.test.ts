import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { DataEncoder } from '../../../../lib/smtp/send-data.ts'

/** The wire form of a message given in these pieces, and whether its last line lacked an end. */
function send(...pieces: readonly string[]): { wire: string; isMidLine: boolean } {
  const encoder = new DataEncoder()
  const encoded = pieces.map((piece) => encoder.encode(Buffer.from(piece, 'latin1')).toString('latin1'))
  return { wire: encoded.join('') + encoder.finish().toString('latin1'), isMidLine: encoder.isMidLine }
}

test('J11: dots are doubled, LF, CRLF and a lone CR become CRLF', () => {
  assert.equal(send('.\n..\n.x\nfoo\r\nbar\rbaz\n').wire, '..\r\n...\r\n..x\r\nfoo\r\nbar\r\nbaz\r\n.\r\n')
})

test('J12: a dot after a converted CR is doubled', () => {
  assert.equal(send('A\r.\nB\n').wire, 'A\r\n..\r\nB\r\n.\r\n')
})

test('J15: an empty message is the final dot alone, and a CR at the end is a line end', () => {
  assert.deepEqual(send(), { wire: '.\r\n', isMidLine: false })
  assert.deepEqual(send('', ''), { wire: '.\r\n', isMidLine: false })
  assert.deepEqual(send('a\r'), { wire: 'a\r\n.\r\n', isMidLine: false })
})

test('J14: a message without a final newline is seen, and would get one', () => {
  assert.deepEqual(send('a\nb'), { wire: 'a\r\nb\r\n.\r\n', isMidLine: true })
  assert.deepEqual(send('.'), { wire: '..\r\n.\r\n', isMidLine: true })
  assert.deepEqual(send('a\nb', '\n'), { wire: 'a\r\nb\r\n.\r\n', isMidLine: false })
})

test('every way of ending a message early is defused', () => {
  for (const end of [
    '\n.\n',
    '\n.\r\n',
    '\r\n.\n',
    '\r.\r',
    '\n.\r',
    '\r.\r\n',
    '\r.\n',
    '\r\r.\r\r',
    '\n\r.\r\n',
  ])
    assert.equal(
      send(`a${end}MAIL FROM:<x@y>\n`).wire.indexOf('\r\n.\r\n'),
      send(`a${end}MAIL FROM:<x@y>\n`).wire.length - 5,
      JSON.stringify(end),
    )
})

test('NUL and bytes above 127 pass unchanged', () => {
  assert.equal(send('a\0b\xe9\xff\n').wire, 'a\0b\xe9\xff\r\n.\r\n')
})

/** What is meant, written down in another way: lines, then their wire form. */
function model(message: string): string {
  const lines = message.split(/\r\n|\r|\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => `${line.startsWith('.') ? '.' : ''}${line}\r\n`).join('') + '.\r\n'
}

const nasty = fc.array(fc.constantFrom('\r', '\n', '.', 'a', '\0', '\xff', 'long line '), { maxLength: 40 })

test('cut into any pieces, the wire is the same, has no bare CR or LF, and ends at its end', () => {
  fc.assert(
    fc.property(fc.array(nasty, { maxLength: 6 }), (parts) => {
      const pieces = parts.map((part) => part.join(''))
      const { wire } = send(...pieces)
      assert.equal(wire, model(pieces.join('')))
      assert.doesNotMatch(wire, /\r(?!\n)|(?<!\r)\n/)
      assert.equal(`\r\n${wire}`.indexOf('\r\n.\r\n'), wire.length - 3)
    }),
    { numRuns: 3000 },
  )
})
