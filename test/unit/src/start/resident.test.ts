import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pauseAfter } from '../../../../src/start/resident.ts'

test('a child that keeps ending at once is started ever more rarely, up to once a minute', () => {
  let pause = 0
  const pauses = Array.from({ length: 13 }, () => (pause = pauseAfter(10, pause)))
  assert.deepEqual(pauses.slice(0, 5), [100, 200, 400, 800, 1600])
  assert.equal(pauses.at(-1), 60_000)
})

test('a child that lived for a minute is started again soon', () => {
  assert.equal(pauseAfter(59_999, 60_000), 60_000)
  assert.equal(pauseAfter(60_000, 60_000), 100)
})
