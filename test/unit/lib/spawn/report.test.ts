import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Letter } from '../../../../lib/delivery/delivery.ts'
import {
  encodeReport,
  type NumberedReport,
  REPORT_BYTES,
  ReportReader,
  reportOf,
} from '../../../../lib/spawn/report.ts'

test('a report is the delivery number, a letter and a text ended by NUL', () => {
  assert.deepEqual(encodeReport(7, 'K', 'ok\n'), Buffer.from('\x07Kok\n\0', 'latin1'))
  assert.deepEqual(encodeReport(200, 'D', ''), Buffer.from([200, 0x44, 0]))
})

test('a text ends at its first NUL', () => {
  assert.deepEqual(encodeReport(1, 'D', 'ab\0cd'), Buffer.from('\x01Dab\0', 'latin1'))
})

test('what was encoded is read back, however the stream is cut', () => {
  const text = fc
    .array(fc.integer({ min: 1, max: 255 }), { maxLength: 60 })
    .map((bytes) => String.fromCharCode(...bytes))
  const one = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.constantFrom<Letter>('K', 'Z', 'D'), text)
  fc.assert(
    fc.property(fc.array(one, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), (reports, size) => {
      const stream = Buffer.concat(reports.map((parts) => encodeReport(...parts)))
      const reader = new ReportReader()
      const read: NumberedReport[] = []
      for (let at = 0; at < stream.length; at += size)
        read.push(...reader.receive(stream.subarray(at, at + size)))
      assert.deepEqual(
        read,
        reports.map(([delnum, letter, said]) => ({ delnum, letter, text: said })),
      )
    }),
  )
})

test('a report without a letter, or with a foreign one, is mangled', () => {
  const [empty, foreign, good] = new ReportReader().receive(Buffer.from('\x05\0\x06Xhm\0\x07Zhm\0', 'latin1'))
  assert.deepEqual(empty, { delnum: 5, letter: '', text: '' })
  assert.equal(reportOf(empty as NumberedReport), undefined)
  assert.equal(reportOf(foreign as NumberedReport), undefined)
  assert.deepEqual(reportOf(good as NumberedReport), { letter: 'Z', text: 'hm' })
})

test('a report of 10000 bytes is kept whole, a longer one is cut there', () => {
  const reader = new ReportReader()
  const most = 'x'.repeat(REPORT_BYTES - 2)
  const stream = Buffer.concat([
    encodeReport(1, 'K', most),
    encodeReport(2, 'D', `${most}yz`),
    encodeReport(3, 'Z', 'ok'),
  ])
  const [whole, cut, next] = [
    ...reader.receive(stream.subarray(0, 15000)),
    ...reader.receive(stream.subarray(15000)),
  ]
  assert.equal(whole?.text, most)
  assert.equal(cut?.text, most)
  assert.deepEqual(next, { delnum: 3, letter: 'Z', text: 'ok' })
})
