import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { CdbRecord } from '../../../../lib/cdb/maker.ts'
import { ok, temporary } from '../../../../lib/failure/failure.ts'
import { SystemError } from '../../../../lib/os/os.ts'
import { compileAssign } from '../../../../src/newu/newu.ts'

const ENOENT = 2
const ENOSPC = 28

test('a text without mistakes is written', () => {
  let written: readonly CdbRecord[] = []
  const trouble = compileAssign(
    () => '=joe:joe:1:2:/h:::\n.\n',
    (records) => {
      written = records
      return ok()
    },
  )
  equal(trouble, undefined)
  deepEqual(written, [
    ['!joe\0', 'joe\x001\x002\0/h\0\0'],
    ['', ''],
  ])
})

test('a mistake is told and nothing is written', () => {
  const trouble = compileAssign(
    () => '=joe:joe:1:2:/h:::\n',
    () => {
      throw new Error('written')
    },
  )
  equal(trouble, 'bad format in users/assign')
})

test('a text that cannot be read is told with the reason', () => {
  const trouble = compileAssign(
    () => {
      throw new SystemError('open', ENOENT)
    },
    () => ok(),
  )
  equal(trouble, 'unable to read users/assign: file does not exist')
})

test('a table that cannot be written is told with the step and the reason', () => {
  for (const [step, text] of [
    ['create', 'unable to create users/cdb.tmp: out of disk space'],
    ['write', 'unable to write users/cdb.tmp: out of disk space'],
    ['rename', 'unable to move users/cdb.tmp to users/cdb: out of disk space'],
  ] as const) {
    const failure = { ...temporary('3.0', '', new SystemError('write', ENOSPC)), step }
    equal(
      compileAssign(
        () => '.\n',
        () => ({ ok: false, failure }),
      ),
      text,
    )
  }
})
