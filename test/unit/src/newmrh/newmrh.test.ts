/** newmrh: which lines become which keys, and what keeps the old table. Case C11. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../../../../lib/bytes/bytes.ts'
import type { CdbRecord } from '../../../../lib/cdb/maker.ts'
import { failed, ok, temporary } from '../../../../lib/failure/failure.ts'
import { compileHosts, LINE_BYTES } from '../../../../src/newmrh/newmrh.ts'

/** The keys of a text that comes in pieces of so many bytes. */
function keys(text: string, pieceBytes = text.length): readonly string[] {
  const found: CdbRecord[] = []
  const trouble = compileHosts(
    () => pieces(text, pieceBytes),
    (records) => {
      found.push(...records)
      return ok()
    },
  )
  assert.equal(trouble, undefined)
  assert.equal(
    found.every(([, value]) => value === ''),
    true,
  )
  return found.map(([key]) => key)
}

function* pieces(text: string, pieceBytes: number): Generator<Uint8Array, void, void> {
  for (let at = 0; at < text.length; at += pieceBytes) yield bytesOf(text.slice(at, at + pieceBytes))
}

test('C11: lower case, blanks at the end go, blanks in front stay, comments are no keys', () => {
  assert.deepEqual(keys('MORE.example\n  trimmed.example  \n#x.example\n.sfx.example\n\n \t\n'), [
    'more.example',
    '  trimmed.example',
    '.sfx.example',
  ])
})

test('a last line without a line feed counts, equal lines are kept, other bytes too', () => {
  assert.deepEqual(keys('b\nB \r\na\xe9\x00c\nd'), ['b', 'b \r', 'a\xe9', 'c', 'd'])
  assert.deepEqual(keys(''), [])
})

test('where the pieces are cut does not matter', () => {
  const text = 'one.example\n#two\n.three.example \n\nfour'
  for (const bytes of [1, 2, 3, 5, 11, 12, 13]) assert.deepEqual(keys(text, bytes), keys(text), `${bytes}`)
})

/** How lib/cdb behaves: what the records throw is its cause. */
function said(read: () => Iterable<Uint8Array>): string | undefined {
  return compileHosts(read, (records) => {
    try {
      Array.from(records)
      return ok()
    } catch (cause) {
      return failed({ ...temporary('3.0', 'cdb not written', cause), step: 'write' as const })
    }
  })
}

test('a line of 65,536 bytes is a key, one byte more is a mistake', () => {
  assert.equal(
    said(() => pieces(`${'x'.repeat(LINE_BYTES)}`, 1000)),
    undefined,
  )
  assert.equal(
    said(() => pieces(`a\n${'x'.repeat(LINE_BYTES + 1)}`, 1000)),
    'control/morercpthosts has a line of more than 65536 bytes',
  )
})

test('trouble with the text is told as such, and so is trouble with the table', () => {
  const missing = Object.assign(new Error('no'), { code: 'ENOENT' })
  assert.equal(
    said(() => {
      throw missing
    }),
    'unable to read control/morercpthosts: file does not exist',
  )
  const full = Object.assign(new Error('full'), { code: 'ENOSPC' })
  const steps = (['create', 'write', 'rename'] as const).map((step) =>
    compileHosts(
      () => [],
      () => failed({ ...temporary('3.0', 'cdb not written', full), step }),
    ),
  )
  assert.deepEqual(steps, [
    'unable to create control/morercpthosts.tmp: out of disk space',
    'unable to write control/morercpthosts.tmp: out of disk space',
    'unable to move control/morercpthosts.tmp to control/morercpthosts.cdb: out of disk space',
  ])
})
