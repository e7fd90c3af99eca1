import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Response } from '../../../../lib/dns/answer.ts'
import { Cache } from '../../../../lib/dns/cache.ts'

const found = (ttlSeconds: number): Response => ({ is: 'found', records: ['192.0.2.1'], ttlSeconds })
const limits = { entries: 3, seconds: 100, negativeSeconds: 10 }

test('an answer is kept for its TTL and not a millisecond longer', () => {
  const cache = new Cache(limits)
  cache.put('a', found(5), 1000)
  assert.deepEqual(cache.get('a', 5999), found(5))
  assert.equal(cache.get('a', 6000), undefined)
  assert.equal(cache.size, 0)
})

test('no answer is kept longer than the cap, a negative one less long', () => {
  const cache = new Cache(limits)
  cache.put('a', found(1_000_000), 0)
  cache.put('b', { is: 'nosuch', ttlSeconds: 1_000_000 }, 0)
  cache.put('c', { is: 'nodata', ttlSeconds: Infinity }, 0)
  assert.ok(cache.get('a', 99_999))
  assert.ok(cache.get('b', 9_999))
  assert.ok(cache.get('c', 9_999))
  assert.equal(cache.get('b', 10_000), undefined)
  assert.equal(cache.get('c', 10_000), undefined)
  assert.equal(cache.get('a', 100_000), undefined)
})

test('trouble and answers without a TTL are not kept, and replace what was', () => {
  const cache = new Cache(limits)
  cache.put('a', { is: 'later', cause: 'SERVFAIL' }, 0)
  cache.put('b', found(0), 0)
  assert.equal(cache.size, 0)
  cache.put('a', found(5), 0)
  cache.put('a', found(0), 1)
  assert.equal(cache.get('a', 2), undefined)
})

test('past the number of entries the one unused for longest goes', () => {
  const cache = new Cache(limits)
  for (const key of ['a', 'b', 'c']) cache.put(key, found(50), 0)
  assert.equal(cache.size, 3)
  cache.get('a', 1)
  cache.put('d', found(50), 2)
  assert.equal(cache.size, 3)
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((key) => cache.get(key, 3) !== undefined),
    [true, false, true, true],
  )
})
