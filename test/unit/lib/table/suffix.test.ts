import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { eitherTable, listTable, mapTable } from '../../../../lib/table/list.ts'
import { lookUpFirst, SUFFIXES, walkSuffixes } from '../../../../lib/table/suffix.ts'
import type { Table } from '../../../../lib/table/table.ts'

test('the walk goes from the whole name to the last label', () => {
  deepEqual([...walkSuffixes('a.b.c')], ['a.b.c', '.b.c', '.c'])
  deepEqual([...walkSuffixes('host')], ['host'])
  deepEqual([...walkSuffixes('')], [''])
})

test('a dot at the beginning begins no further suffix, every other dot does', () => {
  deepEqual([...walkSuffixes('.b.c')], ['.b.c', '.c'])
  deepEqual([...walkSuffixes('a..c.')], ['a..c.', '..c.', '.c.', '.'])
})

test('the walk has an end, whatever the domain', () => {
  equal([...walkSuffixes(`a${'.'.repeat(SUFFIXES - 1)}`)].length, SUFFIXES)
  equal([...walkSuffixes(`a${'.'.repeat(100_000)}`)].length, SUFFIXES)
})

test('the first key that is there decides', async () => {
  const table = mapTable('virtualdomains', ['virt.example:alias-virt', '.virt.example:alias-wild', ':all'])
  deepEqual(await lookUpFirst(table, walkSuffixes('virt.example')), { is: 'found', value: 'alias-virt' })
  deepEqual(await lookUpFirst(table, walkSuffixes('a.virt.example')), { is: 'found', value: 'alias-wild' })
  deepEqual(await lookUpFirst(table, walkSuffixes('other')), { is: 'absent' })
  deepEqual(await lookUpFirst(table, [...walkSuffixes('other'), '']), { is: 'found', value: 'all' })
})

test('an empty value is found: it is the exception that ends the walk', async () => {
  const table = mapTable('virtualdomains', ['exc.virt.example:', '.virt.example:w'])
  deepEqual(await lookUpFirst(table, walkSuffixes('exc.virt.example')), { is: 'found', value: '' })
})

test('a table that cannot be asked ends the walk', async () => {
  const broken: Table = {
    name: 'broken',
    lookUp: async (key) => (key === 'a.b' ? { is: 'absent' } : { is: 'unknown', cause: key }),
  }
  deepEqual(await lookUpFirst(broken, walkSuffixes('a.b')), { is: 'unknown', cause: '.b' })
})

test('a list has its lines as keys, in lower case', async () => {
  const table = listTable('locals', ['Local.Example', 'mx'])
  deepEqual(await table.lookUp('local.example'), { is: 'found', value: '' })
  deepEqual(await table.lookUp('Local.Example'), { is: 'absent' })
  equal(table.name, 'locals')
})

test('of several tables the first that has the key answers', async () => {
  const both = eitherTable('routes', [mapTable('a', ['x:1']), mapTable('b', ['x:2', 'y:3'])])
  deepEqual(await both.lookUp('x'), { is: 'found', value: '1' })
  deepEqual(await both.lookUp('y'), { is: 'found', value: '3' })
  deepEqual(await both.lookUp('z'), { is: 'absent' })
})

test('a table that cannot be asked is not passed over', async () => {
  const broken: Table = { name: 'broken', lookUp: async () => ({ is: 'unknown', cause: 'down' }) }
  deepEqual(await eitherTable('x', [broken, mapTable('b', ['x:2'])]).lookUp('x'), {
    is: 'unknown',
    cause: 'down',
  })
})
