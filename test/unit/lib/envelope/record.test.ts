import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { bytesOf } from '../../../../lib/bytes/bytes.ts'
import {
  channelRecord,
  mailExtra,
  RECORD_BYTES,
  recipientExtra,
  recipientRecord,
  RecordReader,
  senderRecord,
  type StoredRecord,
  todoRecord,
} from '../../../../lib/envelope/record.ts'

const read = (text: string): StoredRecord[] => new RecordReader().receive(bytesOf(text))
const todo = (text: string) => read(text).map(todoRecord)

describe('cutting a file into records', () => {
  test('each record has its letter, its value and where it stands', () => {
    deepEqual(read('u0\0Fa@b\0T\xe9@x\0'), [
      { letter: 'u', value: '0', offset: 0, isOversized: false },
      { letter: 'F', value: 'a@b', offset: 3, isOversized: false },
      { letter: 'T', value: '\xe9@x', offset: 8, isOversized: false },
    ])
  })

  test('a last record without NUL does not exist', () => {
    deepEqual(
      read('Fa@b\0Tx@y').map((record) => record.letter),
      ['F'],
    )
  })

  test('an empty file has no record', () => {
    deepEqual(read(''), [])
  })

  test('a record of no bytes has no letter', () => {
    deepEqual(read('\0'), [{ letter: '', value: '', offset: 0, isOversized: false }])
  })

  test('how the file is cut into chunks makes no difference', () => {
    const records = fc.array(
      fc.string({ unit: fc.integer({ min: 1, max: 255 }).map((n) => String.fromCharCode(n)) }),
    )
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 7 }), (parts, size) => {
        const bytes = bytesOf(parts.map((part) => `${part}\0`).join(''))
        const reader = new RecordReader()
        const found: StoredRecord[] = []
        for (let at = 0; at < bytes.length; at += size)
          found.push(...reader.receive(bytes.subarray(at, at + size)))
        deepEqual(found, new RecordReader().receive(bytes))
        deepEqual(
          found.map((record) => record.letter + record.value),
          parts,
        )
        for (const { offset, letter } of found)
          equal(bytes.toString('latin1', offset, offset + 1), letter || '\0')
      }),
    )
  })

  test('a record of RECORD_BYTES is kept, one byte more is marked and cut', () => {
    const whole = read(`T${'x'.repeat(RECORD_BYTES - 1)}\0`)
    equal(whole[0]?.isOversized, false)
    equal(whole[0]?.value.length, RECORD_BYTES - 1)
    const [cut, next] = read(`T${'x'.repeat(RECORD_BYTES)}\0Fa@b\0`)
    equal(cut?.isOversized, true)
    equal(cut?.value.length, RECORD_BYTES - 1)
    deepEqual(next, { letter: 'F', value: 'a@b', offset: RECORD_BYTES + 2, isOversized: false })
  })
})

describe('records of todo', () => {
  test('E15: u without digits and p with other bytes are 0', () => {
    deepEqual(todo('u\0pxyz\0Fa@b\0Tj@x\0'), [
      { is: 'uid', uid: '0' },
      { is: 'pid', pid: '0' },
      { is: 'sender', sender: 'a@b' },
      { is: 'recipient', recipient: 'j@x' },
    ])
  })

  test('what follows the digits is ignored, leading zeros are dropped', () => {
    deepEqual(todo('u1001x\0p0042 7\0u000\0'), [
      { is: 'uid', uid: '1001' },
      { is: 'pid', pid: '42' },
      { is: 'uid', uid: '0' },
    ])
  })

  test('an empty sender and an empty recipient are kept', () => {
    deepEqual(todo('F\0T\0'), [
      { is: 'sender', sender: '' },
      { is: 'recipient', recipient: '' },
    ])
  })

  test('E16: any other letter, and none, is unknown', () => {
    deepEqual(todo('Xfoo\0\0Dx@y\0'), [{ is: 'unknown' }, { is: 'unknown' }, { is: 'unknown' }])
  })

  test('an oversized record is unknown', () => {
    deepEqual(todo(`T${'x'.repeat(RECORD_BYTES)}\0`), [{ is: 'unknown' }])
  })

  test('carriers of version 1 are parameters', () => {
    deepEqual(todo('p;1 M RET=HDRS ENVID=a\0p;1 R NOTIFY=NEVER\0'), [
      { is: 'mailParameters', parameters: 'RET=HDRS ENVID=a' },
      { is: 'recipientParameters', parameters: 'NOTIFY=NEVER' },
    ])
  })

  test('a carrier of another version is a p without digits, one that must be understood holds the message', () => {
    deepEqual(todo('p;2 M x\0p;!2 R y\0'), [{ is: 'pid', pid: '0' }, { is: 'mustHold' }])
  })
})

describe('records of info and channel files', () => {
  test('what is written is read back', () => {
    const [sender, mail, local] = read(
      senderRecord('a@b') + mailExtra('RET=FULL') + recipientExtra('L', 17, 'NOTIFY=NEVER'),
    )
    deepEqual([sender?.letter, sender?.value], ['F', 'a@b'])
    equal(`${mail?.letter}${mail?.value}`, 'x1 M RET=FULL')
    equal(`${local?.letter}${local?.value}`, 'x1 L 17 NOTIFY=NEVER')
  })

  test('T is to do, D is done, anything else is not a recipient', () => {
    const records = read(`${recipientRecord('a@b')}Dc@d\0Fe@f\0`).map(channelRecord)
    deepEqual(records, [
      { offset: 0, isDone: false, recipient: 'a@b' },
      { offset: 5, isDone: true, recipient: 'c@d' },
      undefined,
    ])
  })
})
