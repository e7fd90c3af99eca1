/** Which sets of files are a state, and what is done with the others. Section 2.1 of the contract. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Kind, kinds } from '../../../../../src/jsmail/fsck/layout.ts'
import { verdict } from '../../../../../src/jsmail/fsck/verdict.ts'

const bitsOf = (...some: Kind[]): number => some.reduce((bits, kind) => bits | (1 << kinds.indexOf(kind)), 0)

/** The five states as they are written down: what must be there, what may be, and nothing else. */
const states: readonly (readonly [must: Kind[], may: Kind[]])[] = [
  [[], []],
  [['mess'], []],
  [['mess', 'intd'], []],
  [
    ['mess', 'todo'],
    ['intd', 'info', 'local', 'remote'],
  ],
  [
    ['mess', 'info'],
    ['local', 'remote', 'bounce'],
  ],
]

test('of the 128 sets of files, exactly those of S1 to S5 are in order', () => {
  let legal = 0
  for (let files = 0; files < 1 << kinds.length; files++) {
    const isState = states.some(
      ([must, may]) =>
        (files & bitsOf(...must)) === bitsOf(...must) && (files & ~bitsOf(...must, ...may)) === 0,
    )
    if (isState) legal++
    assert.equal(
      verdict(files) === undefined,
      isState,
      kinds.filter((_, at) => (files & (1 << at)) !== 0).join(),
    )
  }
  assert.equal(legal, 27)
})

/** What is left where after the remedy. */
function remedied(files: number): number {
  const found = verdict(files)
  if (found === undefined) return files
  const { remedy } = found
  if (remedy.is === 'lose') return remedy.all ? 0 : files & ~bitsOf(...remedy.some)
  // By its envelope; by the rest.
  return (files & bitsOf('intd')) !== 0
    ? (files & ~bitsOf('bounce')) | bitsOf('todo')
    : files | bitsOf('info')
}

test('one remedy is enough, and a text is never lost', () => {
  for (let files = 0; files < 1 << kinds.length; files++) {
    const after = remedied(files)
    assert.equal(verdict(after), undefined, String(files))
    assert.equal((after & bitsOf('mess')) === (files & bitsOf('mess')), true)
  }
})

test('todo, or recipients, are never lost beside a text', () => {
  const waited = bitsOf('todo', 'local', 'remote', 'info')
  for (let files = 0; files < 1 << kinds.length; files++) {
    if ((files & bitsOf('mess')) === 0) continue
    assert.equal(remedied(files) & files & waited, files & waited, String(files))
  }
})
