import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import type { Result } from '../../../../lib/failure/failure.ts'
import { makeFifo } from '../../../../lib/os/os.ts'
import { type DotQmail, DOTQMAIL_BYTES, findDotQmail } from '../../../../src/local/dotqmail.ts'
import { newSender } from '../../../../src/local/newsender.ts'
import { sampleJob } from './sample.ts'

const root = mkdtempSync(join(tmpdir(), 'dotqmail-'))
after(() => rmSync(root, { recursive: true }))
let home = ''
beforeEach(() => {
  home = mkdtempSync(join(root, 'home-'))
})

/** Each file holds its own name, so the text says which was found. */
function write(...names: readonly string[]): void {
  for (const name of names) writeFileSync(Buffer.from(join(home, name), 'latin1'), name, 'latin1')
}

function find(ext: string, dash = '-'): Result<DotQmail | undefined> {
  return findDotQmail(sampleJob({ home, dash, ext }))
}

function found(ext: string, dash = '-'): readonly (string | undefined)[] | undefined {
  const result = find(ext, dash)
  assert.ok(result.ok)
  return result.value && [result.value.text, result.value.matchedDefault]
}

function failureOf(ext: string): string {
  const result = find(ext)
  assert.ok(!result.ok)
  return `${result.failure.retry} ${result.failure.text} ${result.failure.subject}`
}

test("the address's own file comes before every default, and the longest default before shorter ones", () => {
  write('.qmail-a-b', '.qmail-a-default', '.qmail-default', '.qmail-a-b-default')
  assert.deepEqual(found('a-b'), ['.qmail-a-b', undefined])
  assert.deepEqual(found('a-b-c-d'), ['.qmail-a-b-default', 'c-d'])
  assert.deepEqual(found('a-x'), ['.qmail-a-default', 'x'])
  assert.deepEqual(found('ab'), ['.qmail-default', 'ab'])
  assert.deepEqual(found(''), ['.qmail-default', ''])
  assert.deepEqual(found('a-'), ['.qmail-a-default', ''])
})

test('the user himself has .qmail; nothing is a default for him but .qmaildefault', () => {
  write('.qmail-default')
  assert.equal(found('', ''), undefined)
  write('.qmail')
  assert.deepEqual(found('', ''), ['.qmail', undefined])
})

test('case does not count for the file, and is kept in DEFAULT', () => {
  write('.qmail-list-default')
  assert.deepEqual(found('LIST-Foo-Bar'), ['.qmail-list-default', 'Foo-Bar'])
})

test('dots are colons, so an extension does not lead out of the home', () => {
  mkdirSync(join(home, '.qmail-x'))
  write('.qmail-a:b', 'secret')
  assert.deepEqual(found('A.b'), ['.qmail-a:b', undefined])
  assert.equal(found('x/../../secret'), undefined)
})

test('an exact match that ends in default has DEFAULT all the same', () => {
  write('.qmail-a-b-default')
  assert.deepEqual(found('a-b-default'), ['.qmail-a-b-default', 'default'])
  assert.deepEqual(found('A-B-Default'), ['.qmail-a-b-default', 'Default'])
})

test('bytes above 127 are bytes of the name', () => {
  write('.qmail-caf\xe9')
  assert.deepEqual(found('CAF\xe9'), ['.qmail-caf\xe9', undefined])
})

test('the x bit of the owner is seen, that of others is not', () => {
  write('.qmail-x')
  for (const [mode, forwardOnly] of [
    [0o644, false],
    [0o744, true],
    [0o655, false],
  ] as const) {
    chmodSync(join(home, '.qmail-x'), mode)
    const result = find('x')
    assert.ok(result.ok)
    assert.equal(result.value?.forwardOnly, forwardOnly)
  }
})

test('a file that everybody may write is not followed; one that the group may write is', () => {
  write('.qmail-x')
  chmodSync(join(home, '.qmail-x'), 0o646)
  assert.equal(failureOf('x'), 'later Uh-oh: .qmail file is writable. 7.0')
  chmodSync(join(home, '.qmail-x'), 0o664)
  assert.deepEqual(found('x'), ['.qmail-x', undefined])
})

test('directories, FIFOs, loops and names that are too long are no files: the default is taken', () => {
  write('.qmail-default')
  mkdirSync(join(home, '.qmail-dir'))
  makeFifo(join(home, '.qmail-fifo'), 0o600)
  symlinkSync('.qmail-loop', join(home, '.qmail-loop'))
  for (const ext of ['dir', 'fifo', 'loop', 'x'.repeat(300)]) {
    assert.deepEqual(found(ext), ['.qmail-default', ext])
  }
})

test('a file that may not be opened is later, never the default', { skip: notRoot() }, () => {
  write('.qmail-default', '.qmail-x')
  chmodSync(join(home, '.qmail-x'), 0)
  chmodSync(root, 0o755)
  chmodSync(home, 0o755)
  asNobody(() => {
    assert.equal(failureOf('x'), 'later Unable to open .qmail-x: access denied. 3.0')
    assert.deepEqual(found('y'), ['.qmail-default', 'y'])
  })
})

test('a file of 8 MiB is read; one byte more is later', () => {
  write('.qmail-big')
  truncateSync(join(home, '.qmail-big'), DOTQMAIL_BYTES)
  assert.equal(found('big')?.[0]?.length, DOTQMAIL_BYTES)
  truncateSync(join(home, '.qmail-big'), DOTQMAIL_BYTES + 1)
  assert.equal(failureOf('big'), 'later Uh-oh: .qmail file is too big. 3.0')
})

function notRoot(): string | false {
  return process.getuid?.() === 0 ? false : 'only root can become another user'
}

function asNobody(act: () => void): void {
  process.seteuid?.(65_534)
  try {
    act()
  } finally {
    process.seteuid?.(0)
  }
}

function sender(ext: string, from = 's@d.example'): string {
  const result = newSender(sampleJob({ home, local: `joe-${ext}`, dash: '-', ext, sender: from }))
  assert.ok(result.ok)
  return result.value
}

test('forwards come from the owner of the list, if it has one', () => {
  write('.qmail-l')
  assert.equal(sender('l'), 's@d.example')
  write('.qmail-l-owner')
  assert.equal(sender('l'), 'joe-l-owner@h.e.example')
  write('.qmail-l-owner-default')
  assert.equal(sender('l'), 'joe-l-owner-@h.e.example-@[]')
  assert.equal(sender('L'), 'joe-L-owner-@h.e.example-@[]')
})

test("the owner is that of the address, even where another's default decides", () => {
  write('.qmail-default', '.qmail-default-owner')
  assert.equal(sender('l'), 's@d.example')
  write('.qmail-l-owner')
  assert.equal(sender('l'), 'joe-l-owner@h.e.example')
})

test('owner-default alone changes nothing, and neither do bounces', () => {
  write('.qmail-l', '.qmail-l-owner-default')
  assert.equal(sender('l'), 's@d.example')
  write('.qmail-l-owner')
  assert.equal(sender('l', ''), '')
  assert.equal(sender('l', '#@[]'), '#@[]')
})
