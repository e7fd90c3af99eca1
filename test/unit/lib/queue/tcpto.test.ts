/** The format of lock/tcpto, byte for byte. Section 10.6 of the contract. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeHost, freed, hostRecords, TABLE_BYTES } from '../../../../lib/queue/tcpto.ts'

const host = { address: '192.0.2.255', count: 10, lastSeconds: 0xfedcba98 }
const bytes = 'c00002ff0a00000098badcfe00000000'

test('a record is address, count, and the time in little-endian bytes', () => {
  assert.equal(encodeHost(host)?.toString('hex'), bytes)
  assert.deepEqual(hostRecords(Buffer.from(`${bytes}${'00'.repeat(16)}`, 'hex')), [
    { ...host, at: 0 },
    { at: 16, address: '0.0.0.0', count: 0, lastSeconds: 0 },
  ])
})

test('a table has 64 records: what is longer does not count, and neither does half a record', () => {
  assert.equal(TABLE_BYTES, 1024)
  assert.deepEqual(
    [0, 15, 16, 1023, 1024, 1040, 4096].map((size) => hostRecords(Buffer.alloc(size)).length),
    [0, 0, 1, 63, 64, 64, 64],
  )
})

test('a freed record keeps everything but its count', () => {
  const odd = Buffer.from('c00002ff0aaabbcc98badcfe11223344', 'hex')
  const table = Buffer.concat([Buffer.alloc(16), odd])
  assert.equal(freed(table, { at: 16 }).toString('hex'), 'c00002ff00aabbcc98badcfe11223344')
  assert.equal(table.subarray(16).equals(odd), true)
})

test('what is no IPv4 address has no record', () => {
  for (const address of [
    '',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.1.',
    '::1',
    '192.0.2.-1',
    ' 192.0.2.1',
    '1e1.0.0.1',
  ])
    assert.equal(encodeHost({ ...host, address }), undefined, address)
})
