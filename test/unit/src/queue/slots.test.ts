import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slots } from '../../../../src/queue/slots.ts'

test('one user gets half, the next half of the rest, and nobody is shut out', () => {
  const shared = slots(100)
  const taken = (uid: number): number => {
    let count = 0
    while (shared.take(uid) !== undefined) count++
    return count
  }
  assert.deepEqual([taken(1), taken(2), taken(3)], [50, 25, 13])
})

test('a slot given back can be taken again, and giving back twice gives one', () => {
  const shared = slots(2)
  const giveBack = shared.take(1)
  assert.ok(giveBack)
  assert.equal(shared.take(1), undefined)
  giveBack()
  giveBack()
  assert.ok(shared.take(1))
  assert.equal(shared.take(1), undefined)
})
