import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from '../../../../lib/spawn/command.ts'
import { refusalOf } from '../../../../lib/spawn/refusal.ts'

const good: Command = { delnum: 7, messid: '4/27', sender: '', recipient: 'a@h', isOversized: false }

function refusal(change: Partial<Command>, busy: readonly number[] = []): string | undefined {
  const report = refusalOf({ ...good, ...change }, 120, (delnum) => busy.includes(delnum))
  return report && report.letter + report.text
}

const nonnumerics = 'DInternal error: messid has nonnumerics. (#5.3.5)\n'

test('nothing is said against a good command', () => {
  assert.equal(refusal({}), undefined)
  assert.equal(refusal({ recipient: '@' }), undefined)
  assert.equal(refusal({ messid: '27' }), undefined)
  assert.equal(refusal({ messid: '4//27/' }), undefined)
})

test('G16: only digits and inner slashes name a message', () => {
  for (const messid of ['0/99x', '../../x', '/999', '0/9\n', '0/9 ', '-1', '0/.'])
    assert.equal(refusal({ messid }), nonnumerics)
})

test('G17: an empty messid is too short, also in the probe for many recipients', () => {
  const text = 'DInternal error: messid too short. (#5.3.5)\n'
  assert.equal(refusal({ messid: '' }), text)
  assert.equal(refusal({ delnum: 0, messid: '', sender: '?multi', recipient: 'x@x' }), text)
})

test('a messid of 99 bytes passes, one of 100 is too long', () => {
  assert.equal(refusal({ messid: '9'.repeat(99) }), undefined)
  assert.equal(refusal({ messid: '9'.repeat(100) }), 'DInternal error: messid too long. (#5.3.5)\n')
})

test('G18: a recipient without @ is refused', () => {
  assert.equal(refusal({ recipient: 'ah' }), 'DSorry, address must include host name. (#5.1.3)\n')
})

test('a delivery number at the capacity, or in use, is tried again', () => {
  assert.equal(refusal({ delnum: 119 }), undefined)
  assert.equal(refusal({ delnum: 120 }), 'ZInternal error: delnum too big. (#4.3.5)\n')
  assert.equal(refusal({}, [7]), 'ZInternal error: delnum in use. (#4.3.5)\n')
})

test('an oversized field is tried again, whatever else is wrong', () => {
  assert.equal(
    refusal({ isOversized: true, delnum: 200, messid: 'x' }, [200]),
    'Zqmail-spawn out of memory. (#4.3.0)\n',
  )
})

test('of two errors the one that qmail finds first is reported', () => {
  assert.equal(refusal({ delnum: 200, messid: 'x' }), 'ZInternal error: delnum too big. (#4.3.5)\n')
  assert.equal(refusal({ messid: '', recipient: 'ah' }, [7]), 'ZInternal error: delnum in use. (#4.3.5)\n')
  assert.equal(refusal({ messid: 'x'.repeat(200) }), nonnumerics)
  assert.equal(refusal({ messid: '', recipient: 'ah' }), 'DInternal error: messid too short. (#5.3.5)\n')
})
