/** tcpto's lines. Case J26. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeHost } from '../../../../lib/queue/tcpto.ts'
import { describeTable } from '../../../../src/tcpto/tcpto.ts'

const now = 1_700_000_000

function table(...records: readonly (readonly [address: string, count: number, last: number])[]): Buffer {
  return Buffer.concat([
    ...records.map(([address, count, lastSeconds]) => encodeHost({ address, count, lastSeconds }) as Buffer),
    Buffer.alloc(1024 - 16 * records.length),
  ])
}

test('J26: address, seconds, count', () => {
  assert.equal(
    describeTable(table(['127.0.0.1', 2, now - 3000]), now),
    '127.0.0.1 timed out 3000 seconds ago; # recent timeouts: 2\n',
  )
})

test('hosts come in the order of the table, those without a timeout do not', () => {
  assert.equal(
    describeTable(table(['10.0.0.2', 1, now], ['10.0.0.1', 0, now - 5], ['10.0.0.3', 10, now + 60]), now),
    '10.0.0.2 timed out 0 seconds ago; # recent timeouts: 1\n' +
      '10.0.0.3 timed out 0 seconds ago; # recent timeouts: 10\n',
  )
})

test('an empty file, and one of another size, are no trouble', () => {
  assert.equal(describeTable(Buffer.alloc(0), now), '')
  assert.equal(describeTable(table(['10.0.0.2', 1, now]).subarray(0, 20), now).split('\n').length, 2)
})
