import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byteString, bytesOf } from '../../../../lib/bytes/bytes.ts'
import { MUST_HONOUR, PARAMETER_BYTES } from '../../../../lib/envelope/parameters.ts'
import { encodeTrailer, trailerReader } from '../../../../lib/envelope/trailer.ts'
import { encodeEnvelope, envelopeReader } from '../../../../lib/envelope/wire.ts'

/** What the reader makes of it in pieces of each size: the same. */
function readAll(text: string, recipients = 3): string {
  const results = [1, 2, 3, 7, 100_000].map((size) => {
    const reader = trailerReader(recipients)
    let records = ''
    for (let at = 0; at < text.length; at += size) {
      const read = reader.read(bytesOf(text.slice(at, at + size)))
      if (read === undefined) return 'refused'
      records += read
    }
    return `${reader.found}|${reader.mail}|${records}`
  })
  assert.deepEqual(new Set(results).size, 1, JSON.stringify([text.slice(0, 60), results]))
  return results[0] ?? ''
}

test('what was written is read again', () => {
  const text = encodeTrailer({
    mail: 'RET=HDRS',
    rcpt: new Map([
      [2, 'A=1 B'],
      [0, 'NOTIFY=NEVER'],
    ]),
  })
  assert.equal(text, 'E1\0MRET=HDRS\0R0 NOTIFY=NEVER\0R2 A=1 B\0\0')
  assert.equal(readAll(text), 'whole|RET=HDRS|R0 NOTIFY=NEVER\0R2 A=1 B\0')
  assert.equal(encodeTrailer({ mail: '', rcpt: new Map() }), '')
})

test('what does not begin with E1 and NUL is nothing at all', () => {
  for (const text of [
    '',
    '\0',
    'Z',
    'ZZZ',
    'E',
    'E1',
    'E2\0MA\0\0',
    'E1x\0',
    'E10\0',
    '\0E1\0MA\0\0',
    'x'.repeat(99_999),
  ])
    assert.equal(readAll(text), 'none||', JSON.stringify(text.slice(0, 20)))
})

test('what follows the end is nothing', () => assert.equal(readAll('E1\0MA\0\0MB\0R0 C\0'), 'whole|A|'))

test('a trailer that has no end is cut', () => {
  for (const text of ['E1\0', 'E1\0M', 'E1\0MA\0', 'E1\0MA\0R0 B']) assert.match(readAll(text), /^cut/)
})

test('other letters, bad texts, M twice or late, indexes that fall, repeat or have no recipient are refused', () => {
  const wrong = [
    'X',
    'TA',
    'M',
    'Ma',
    'R',
    'R0',
    'R0 ',
    'R0 a',
    'R3 A',
    'R-1 A',
    'R00 A',
    'R 0 A',
    'R12345678 A',
  ]
  for (const record of wrong) assert.equal(readAll(`E1\0${record}\0\0`), 'refused', record)
  for (const text of ['E1\0MA\0MB\0\0', 'E1\0R0 A\0MB\0\0', 'E1\0R1 A\0R0 A\0\0', 'E1\0R1 A\0R1 B\0\0'])
    assert.equal(readAll(text), 'refused', text)
})

test(`a text of ${PARAMETER_BYTES} bytes is taken, a longer one is refused before its end`, () => {
  const most = `A=${'x'.repeat(PARAMETER_BYTES - 2)}`
  assert.equal(readAll(`E1\0M${most}\0R2 ${most}\0\0`), `whole|${most}|R2 ${most}\0`)
  assert.equal(readAll(`E1\0M${most}x\0\0`), 'refused')
  assert.equal(readAll(`E1\0R2 ${most}x\0\0`), 'refused')
  assert.equal(readAll(`E1\0M${'A'.repeat(2 * PARAMETER_BYTES)}`), 'refused')
})

test('what must be honoured stands before the first recipient too, and only the extended reader takes it', () => {
  const envelope = { sender: 'a@b', recipients: ['x@y'], parameters: { mail: 'REQUIRETLS', rcpt: new Map() } }
  const wire = byteString(encodeEnvelope(envelope))
  assert.equal(wire, 'Fa@b\0XREQUIRETLS\0Tx@y\0\0E1\0MREQUIRETLS\0\0')
  assert.equal(envelopeReader().read(bytesOf(wire)).ok, false)
  for (const size of [1, 2, 5, 9, 100]) {
    const reader = envelopeReader({ extended: true, honoured: MUST_HONOUR })
    let [records, rest] = ['', '']
    for (let at = 0; at < wire.length; at += size) {
      const read = reader.read(bytesOf(wire.slice(at, at + size)))
      assert.ok(read.ok)
      records += byteString(read.records)
      rest += byteString(read.rest)
    }
    assert.deepEqual([records, rest, reader.demanded], ['Fa@b\0Tx@y\0', 'E1\0MREQUIRETLS\0\0', 'REQUIRETLS'])
    assert.equal(reader.recipients, 1)
  }
})

test('a demand that nobody knows, or that comes too late, too long or without words is refused', () => {
  const long = 'X'.repeat(PARAMETER_BYTES + 1)
  for (const text of [
    'Fa\0XOTHER\0',
    'Fa\0X\0',
    'Fa\0XREQUIRETLS OTHER\0',
    'Fa\0Tb\0X',
    'XREQUIRETLS\0',
    `Fa\0X${long}`,
  ]) {
    for (const size of [1, 10_000]) {
      const reader = envelopeReader({ extended: true, honoured: MUST_HONOUR })
      let isRefused = false
      for (let at = 0; at < text.length && !isRefused; at += size)
        isRefused = !reader.read(bytesOf(text.slice(at, at + size))).ok
      assert.ok(isRefused, text.slice(0, 30))
    }
  }
})
