import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { byteString, bytesOf } from '../../../../lib/bytes/bytes.ts'
import {
  decodeAnswer,
  decodeOpening,
  encodeAnswer,
  encodeOpening,
  frame,
  FrameReader,
  WHOLE_BYTES,
} from '../../../../lib/queue/frames.ts'

function piecesOf(bytes: Buffer, size: number): [string, string][] {
  const reader = new FrameReader()
  const pieces: [string, string][] = []
  for (let at = 0; at < bytes.length; at += size) {
    reader.push(bytes.subarray(at, at + size))
    for (let piece = reader.next(); piece !== undefined; piece = reader.next()) {
      const last = pieces.at(-1)
      const text = byteString(piece.bytes)
      if (last !== undefined && last[0] === piece.letter && 'ME'.includes(piece.letter)) last[1] += text
      else pieces.push([piece.letter, text])
    }
  }
  return pieces
}

test('frames come out as they went in, however they are cut', () => {
  const bytes = Buffer.concat([
    frame('S', bytesOf('p\0')),
    frame('M', bytesOf('hello '.repeat(50))),
    frame('E', bytesOf('Fa\0Tb\0\0')),
    frame('C'),
  ])
  const expected = [
    ['S', 'p\0'],
    ['M', 'hello '.repeat(50)],
    ['E', 'Fa\0Tb\0\0'],
    ['C', ''],
  ]
  for (let size = 1; size <= bytes.length; size++) assert.deepEqual(piecesOf(bytes, size), expected)
})

test('message bytes are passed on before the frame is complete', () => {
  const reader = new FrameReader()
  reader.push(frame('M', Buffer.alloc(1_000_000)).subarray(0, 10))
  assert.equal(reader.next()?.bytes.length, 5)
  assert.equal(reader.next(), undefined)
  assert.equal(reader.heldBytes, 0)
})

test('a frame that must be kept whole has a cap', () => {
  const most = new FrameReader()
  most.push(frame('S', Buffer.alloc(WHOLE_BYTES)))
  assert.equal(most.next()?.bytes.length, WHOLE_BYTES)
  const more = new FrameReader()
  more.push(frame('S', Buffer.alloc(WHOLE_BYTES + 1)).subarray(0, 5))
  assert.throws(() => more.next(), RangeError)
})

test('an opening comes back with its facts; what does not fit is left out', () => {
  const facts = { TCPREMOTEIP: '192.0.2.1', HELO: 'caf\xe9' }
  assert.deepEqual(decodeOpening(encodeOpening({ numbering: 'counter', facts })), {
    numbering: 'counter',
    facts,
  })
  const long = encodeOpening({ numbering: 'pid', facts: { A: 'x'.repeat(WHOLE_BYTES), B: 'y' } })
  assert.deepEqual(decodeOpening(long), { numbering: 'pid', facts: { B: 'y' } })
})

test('garbage is no opening and no answer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      decodeOpening(bytes)
      decodeAnswer(bytes)
    }),
  )
  assert.equal(decodeOpening(bytesOf('x\0')), undefined)
  assert.equal(decodeAnswer(bytesOf('\x0012x\0')), undefined)
  assert.equal(decodeAnswer(bytesOf('\x0012')), undefined)
})

test('an answer comes back', () => {
  const answer = { code: 82, qp: 4_194_305, text: 'Dno\nmore' }
  assert.deepEqual(decodeAnswer(encodeAnswer(answer).subarray(5)), answer)
})
