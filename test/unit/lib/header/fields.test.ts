import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { byteString, bytesOf } from '../../../../lib/bytes/bytes.ts'
import { FieldReader, nameOf, valueOf } from '../../../../lib/header/fields.ts'

function read(message: string, limitBytes = 1000, step = message.length) {
  const reader = new FieldReader(limitBytes)
  for (let at = 0; at < message.length; at += step) {
    const result = reader.receive(bytesOf(message.slice(at, at + step)))
    if (!result.ok) return result.failure.text
    if (result.value !== undefined) return shown(result.value, message.slice(at + step))
  }
  const result = reader.finish()
  return result.ok ? shown(result.value, '') : result.failure.text
}

function shown(
  header: { fields: readonly { raw: string }[]; end: string; rest: Uint8Array },
  unread: string,
) {
  return [header.end, header.fields.map((field) => field.raw), byteString(header.rest) + unread]
}

test('an empty line ends the header and belongs to neither side', () => {
  deepEqual(read('To: a\nCc: b\n\nbody\n'), ['blank', ['To: a\n', 'Cc: b\n'], 'body\n'])
})

test('lines that begin with a blank belong to the field above', () => {
  deepEqual(read('To: a,\n b\n\tc\n \n\nx'), ['blank', ['To: a,\n b\n\tc\n \n'], 'x'])
})

test('a line that is no field ends the header and begins the body', () => {
  deepEqual(read('To: a@b.c\nnot a header\nmore\n'), ['notField', ['To: a@b.c\n'], 'not a header\nmore\n'])
  deepEqual(read('X\x01y: foo\n\n'), ['notField', [], 'X\x01y: foo\n\n'])
  deepEqual(read(': foo\n'), ['notField', [], ': foo\n'])
  deepEqual(read(' a: foo\n'), ['notField', [], ' a: foo\n'])
})

test('the end of the message ends the header; a last line without LF gets one', () => {
  deepEqual(read('To: a'), ['message', ['To: a\n'], ''])
  deepEqual(read('To: a\n'), ['message', ['To: a\n'], ''])
  deepEqual(read('To: a\nbody'), ['notField', ['To: a\n'], 'body\n'])
  deepEqual(read(''), ['message', [], ''])
})

test('blanks before the colon are allowed, blanks within the name are not', () => {
  equal(nameOf('To \t: a\n'), 'to')
  equal(nameOf('T o: a\n'), undefined)
  equal(nameOf('X-Y_z!: a\n'), 'x-y_z!')
})

test('the line of an mbox becomes a field of its own', () => {
  deepEqual(read('From foo Mon\nTo: a\n\n'), ['blank', ['MBOX-Line: From foo Mon\n', 'To: a\n'], ''])
})

test('the value is all that follows the colon', () => {
  equal(valueOf({ name: 'to', raw: 'To : a:b\n c\n' }), ' a:b\n c\n')
})

test('how the bytes are cut does not matter', () => {
  const message = 'From x\nTo : a,\n b\nSubject:\n\nbody\n\n: x'
  const whole = read(message)
  for (let step = 1; step < message.length; step += 1) deepEqual(read(message, 1000, step), whole)
})

test('a header of exactly the limit is read, one byte more is refused', () => {
  const field = `X: ${'y'.repeat(96)}\n`
  equal(field.length, 100)
  deepEqual(read(`${field}\nbody`, 100), ['blank', [field], 'body'])
  equal(read(`${field}\nbody`, 99), 'message header longer than 99 bytes')
  equal(read(`X${field}`, 100, 7), 'message header longer than 100 bytes')
  equal(read(`${field}a:\n\n`, 100), 'message header longer than 100 bytes')
  equal(read(`${field} b`, 100), 'message header longer than 100 bytes')
})

test('a long line that can be no field is body, however long', () => {
  const line = `not a field ${'x'.repeat(500)}`
  deepEqual(read(`To: a\n${line}\n`, 100, 50), ['notField', ['To: a\n'], `${line}\n`])
})

test('a name without end is refused at the limit', () => {
  equal(read('x'.repeat(500), 100, 50), 'message header longer than 100 bytes')
})
