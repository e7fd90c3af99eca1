import { deepEqual, equal } from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test, type TestContext } from 'node:test'
import { openCdb, writeCdb } from '../../../../lib/cdb/by-file.ts'
import { type CdbRecord, makeCdb } from '../../../../lib/cdb/maker.ts'
import { readAll } from '../../../../lib/cdb/reader.ts'
import { errnoOf } from '../../../../lib/failure/errno.ts'
import type { Failure, Result } from '../../../../lib/failure/failure.ts'

function directory(t: TestContext): string {
  const path = mkdtempSync(`${tmpdir()}/cdb-`)
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

/** Thousands of records: duplicates, empty keys and values, all byte values, long ones. */
function manyRecords(): CdbRecord[] {
  const records: CdbRecord[] = [
    ['', 'empty key'],
    ['empty value', ''],
  ]
  for (let n = 0; n < 5000; n += 1) records.push([`key${n % 3000}`, `value ${n} ${'x'.repeat(n % 70)}`])
  for (let n = 0; n < 256; n += 1)
    records.push([`${String.fromCodePoint(n)}\0\n`, String.fromCodePoint(255 - n)])
  records.push(['', 'empty key again'], ['long'.repeat(1000), 'v'.repeat(100_000)])
  return records
}

function inCdbmakeFormat(records: readonly CdbRecord[]): Buffer {
  const lines = records.map(([key, value]) => `+${key.length},${value.length}:${key}->${value}\n`)
  return Buffer.from(`${lines.join('')}\n`, 'latin1')
}

function failureOf<F extends Failure>(result: Result<unknown, F>): F | undefined {
  return result.ok ? undefined : result.failure
}

function isMissing(program: string): string | false {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0 ? false : `${program} is not installed`
}

for (const [program, args] of [
  ['cdb', (path: string) => ['-c', path]],
  ['cdbmake', (path: string) => [path, `${path}.tmp`]],
] as const) {
  test(`our file equals that of ${program} byte for byte`, { skip: isMissing(program) }, (t) => {
    const path = directory(t)
    for (const records of [[], [['a', 'b']] as CdbRecord[], manyRecords()]) {
      execFileSync(program, args(`${path}/theirs`), { input: inCdbmakeFormat(records) })
      equal(writeCdb(`${path}/ours`, `${path}/ours.tmp`, records).ok, true)
      const theirs = readFileSync(`${path}/theirs`)
      equal(readFileSync(`${path}/ours`).equals(theirs), true)
      const inMemory = makeCdb(records)
      equal(inMemory.ok && inMemory.value.equals(theirs), true)
    }
  })
}

test('tinycdb finds what we wrote', { skip: isMissing('cdb') }, (t) => {
  const path = `${directory(t)}/ours`
  writeCdb(path, `${path}.tmp`, manyRecords())
  equal(execFileSync('cdb', ['-q', '-n', '1', path, 'key17']).toString(), 'value 17 xxxxxxxxxxxxxxxxx')
  equal(spawnSync('cdb', ['-q', path, 'absent']).status, 100)
})

test('an open file answers and lists its records', (t) => {
  const path = `${directory(t)}/cdb`
  const records = manyRecords()
  writeCdb(path, `${path}.tmp`, records)
  const opened = openCdb(path)
  const file = opened.ok ? opened.value : undefined
  deepEqual(file?.lookUp('key2999'), { ok: true, value: `value 2999 ${'x'.repeat(2999 % 70)}` })
  deepEqual(file?.lookUp(''), { ok: true, value: 'empty key' })
  deepEqual(file?.lookUp('absent'), { ok: true, value: undefined })
  const all = file === undefined ? undefined : readAll(file.source)
  equal(all?.ok && all.value.length, records.length)
  file?.close()
})

test('an absent file is undefined, an unreadable one a failure for now', (t) => {
  const path = directory(t)
  deepEqual(openCdb(`${path}/absent`), { ok: true, value: undefined })
  const under = openCdb(`${path}/absent/below`)
  deepEqual(under, { ok: true, value: undefined })
  writeFileSync(`${path}/file`, '')
  const notDirectory = openCdb(`${path}/file/below`)
  equal(notDirectory.ok ? 'ok' : notDirectory.failure.retry, 'later')
  const opened = openCdb(path)
  const looked = opened.ok ? opened.value?.lookUp('x') : undefined
  equal(looked?.ok, false)
  if (opened.ok) opened.value?.close()
})

test('a file that becomes shorter while it is open is damage, not a crash', (t) => {
  const path = `${directory(t)}/cdb`
  writeCdb(path, `${path}.tmp`, [['a', 'b']])
  const opened = openCdb(path)
  const file = opened.ok ? opened.value : undefined
  writeFileSync(path, '')
  equal(file?.lookUp('a').ok, false)
  file?.close()
})

test('a write that fails leaves the old file and no temporary one', (t) => {
  const path = directory(t)
  writeCdb(`${path}/cdb`, `${path}/tmp`, [['a', 'old']])
  const before = readFileSync(`${path}/cdb`)
  function* broken(): Generator<CdbRecord> {
    yield ['a', 'new']
    throw new Error('enough')
  }
  equal(failureOf(writeCdb(`${path}/cdb`, `${path}/tmp`, broken()))?.step, 'write')
  equal(readFileSync(`${path}/cdb`).equals(before), true)
  equal(existsSync(`${path}/tmp`), false)
})

test('the step that failed is named', (t) => {
  const path = directory(t)
  const create = failureOf(writeCdb(`${path}/cdb`, `${path}/absent/tmp`, []))
  equal(create?.step, 'create')
  equal(errnoOf(create?.cause), 'ENOENT')
  mkdirSync(`${path}/cdb/full`, { recursive: true })
  equal(failureOf(writeCdb(`${path}/cdb`, `${path}/tmp`, []))?.step, 'rename')
  equal(existsSync(`${path}/tmp`), false)
})
