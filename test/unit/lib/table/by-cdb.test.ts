import { deepEqual, equal } from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test, type TestContext } from 'node:test'
import { writeCdb } from '../../../../lib/cdb/by-file.ts'
import { cdbTable } from '../../../../lib/table/by-cdb.ts'

function tableIn(t: TestContext) {
  const directory = mkdtempSync(`${tmpdir()}/table-`)
  const path = `${directory}/morercpthosts.cdb`
  const table = cdbTable('morercpthosts', path)
  t.after(() => {
    table.close()
    rmSync(directory, { recursive: true })
  })
  return { path, table }
}

test('an absent file has no keys and is no trouble', async (t) => {
  const { table } = tableIn(t)
  deepEqual(await table.lookUp('x'), { is: 'absent' })
  equal(table.isThere(), false)
})

test('a file that appears, is replaced or removed is seen at the next look-up', async (t) => {
  const { path, table } = tableIn(t)
  await table.lookUp('a')
  writeCdb(path, `${path}.tmp`, [['a', '1']])
  deepEqual(await table.lookUp('a'), { is: 'found', value: '1' })
  equal(table.isThere(), true)
  writeCdb(path, `${path}.tmp`, [['a', '2']])
  deepEqual(await table.lookUp('a'), { is: 'found', value: '2' })
  deepEqual(await table.lookUp('b'), { is: 'absent' })
  rmSync(path)
  deepEqual(await table.lookUp('a'), { is: 'absent' })
})

test('a damaged file is not a missing key', async (t) => {
  const { path, table } = tableIn(t)
  writeCdb(path, `${path}.tmp`, [['a', '1']])
  truncateSync(path, 1000)
  equal((await table.lookUp('a')).is, 'unknown')
})

test('a file that cannot be opened is not a missing key', async (t) => {
  const { path, table } = tableIn(t)
  mkdirSync(path)
  equal((await table.lookUp('a')).is, 'unknown')
})

test('a table that was closed opens its file again', async (t) => {
  const { path, table } = tableIn(t)
  writeCdb(path, `${path}.tmp`, [['', 'empty']])
  deepEqual(await table.lookUp(''), { is: 'found', value: 'empty' })
  table.close()
  deepEqual(await table.lookUp(''), { is: 'found', value: 'empty' })
})
