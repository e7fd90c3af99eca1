import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliveredTo, fromLine, returnPath } from '../../../../src/local/headline.ts'
import { sampleJob } from './sample.ts'

const noon = Date.UTC(2026, 10, 2, 12, 0, 5)

test('the three lines of an ordinary sender', () => {
  const job = sampleJob()
  assert.equal(deliveredTo(job), 'Delivered-To: joe@h.e.example\n')
  assert.equal(returnPath(job), 'Return-Path: <s@d.example>\n')
  assert.equal(fromLine(job, noon), 'From s@d.example Mon Nov 02 12:00:05 2026\n')
})

test('a bounce comes from MAILER-DAEMON in an mbox, and has an empty return path', () => {
  const job = sampleJob({ sender: '' })
  assert.equal(returnPath(job), 'Return-Path: <>\n')
  assert.equal(fromLine(job, noon), 'From MAILER-DAEMON Mon Nov 02 12:00:05 2026\n')
})

test('blanks and quotes in the sender: one word in From_, quoted in Return-Path', () => {
  const job = sampleJob({ sender: 'a b"c@x\ty' })
  assert.equal(returnPath(job), 'Return-Path: <"a b\\"c"@x\ty>\n')
  assert.equal(fromLine(job, noon), 'From a-b"c@x-y Mon Nov 02 12:00:05 2026\n')
})

test('a line feed in an address begins no line', () => {
  const job = sampleJob({ local: 'a\nb', sender: 'c\nBcc: d@x' })
  assert.equal(deliveredTo(job), 'Delivered-To: a_b@h.e.example\n')
  assert.equal(returnPath(job), 'Return-Path: <"c\\_Bcc: d"@x>\n')
  assert.equal(fromLine(job, noon), 'From c-Bcc:-d@x Mon Nov 02 12:00:05 2026\n')
})
