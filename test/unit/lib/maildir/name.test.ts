import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uniqueNames } from '../../../../lib/maildir/name.ts'

function namesAt(times: readonly number[], host = 'h.example'): readonly string[] {
  const left = [...times]
  const next = uniqueNames({ pid: 42, host, now: () => left.shift()! })
  return times.map(() => next())
}

test('a name is time, process and host', () => {
  assert.deepEqual(namesAt([1_700_000_000_999]), ['1700000000.42.h.example'])
})

test('only a second message in the same second carries a count, which begins again with the next second', () => {
  assert.deepEqual(namesAt([5000, 5001, 5999, 6000, 6001]), [
    '5.42.h.example',
    '5.42_1.h.example',
    '5.42_2.h.example',
    '6.42.h.example',
    '6.42_1.h.example',
  ])
})

test('a clock that is set back gives no name again', () => {
  const names = namesAt([5000, 6000, 5000, 4000, 6000, 7000])
  assert.equal(new Set(names).size, 6)
  assert.deepEqual(names.slice(1, 5), [
    '6.42.h.example',
    '6.42_1.h.example',
    '6.42_2.h.example',
    '6.42_3.h.example',
  ])
})

test('a slash or a colon in the host is written as maildir(5) says', () => {
  assert.deepEqual(namesAt([0], 'a/b:c'), ['0.42_1.a\\057b\\072c'])
})
