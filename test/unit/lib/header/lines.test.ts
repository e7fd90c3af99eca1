import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../../../lib/bytes/bytes.ts'
import { HeaderLines } from '../../../../lib/header/lines.ts'

const message = 'Received: a\n b\nDelivered-To: joe@h\n\nDelivered-To: body@h\n'
const header = ['Received: a\n', ' b\n', 'Delivered-To: joe@h\n']

test('the lines up to the empty one are given as they are', () => {
  const lines = new HeaderLines(100)
  deepEqual(lines.receive(bytesOf(message)), header)
  equal(lines.hasEnded, true)
  deepEqual(lines.receive(bytesOf('x\n')), [])
  deepEqual(lines.finish(), [])
})

test('how the bytes are cut does not matter', () => {
  for (let step = 1; step < 10; step += 1) {
    const lines = new HeaderLines(100)
    const seen: string[] = []
    for (let at = 0; at < message.length; at += step)
      seen.push(...lines.receive(bytesOf(message.slice(at, at + step))))
    deepEqual(seen, header)
  }
})

test('a last line without LF is given at the end', () => {
  const lines = new HeaderLines(100)
  deepEqual(lines.receive(bytesOf('a: b')), [])
  deepEqual(lines.finish(), ['a: b'])
  equal(lines.hasEnded, false)
})

test('a line of exactly the limit is whole, a longer one is cut and lacks its LF', () => {
  const lines = new HeaderLines(5)
  deepEqual(lines.receive(bytesOf('a:bc\n')), ['a:bc\n'])
  deepEqual(lines.receive(bytesOf('a:bcd\n')), ['a:bcd'])
  deepEqual(lines.receive(bytesOf('a:bcdef\nx\n')), ['a:bcd', 'x\n'])
})

test('a long line costs no more memory than the limit', () => {
  const lines = new HeaderLines(5)
  for (let i = 0; i < 1000; i += 1) deepEqual(lines.receive(bytesOf('xxxxxxxx')), [])
  deepEqual(lines.finish(), ['xxxxx'])
})

test('an empty first line means that there is no header', () => {
  const lines = new HeaderLines(5)
  deepEqual(lines.receive(bytesOf('\nx\n')), [])
  equal(lines.hasEnded, true)
})
