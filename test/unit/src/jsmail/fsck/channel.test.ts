/** Damage in channel files, on real files: what is found, and what stands there afterwards. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { RECORD_BYTES } from '../../../../../lib/envelope/record.ts'
import { damagesOf, isMendable, mendChannel } from '../../../../../src/jsmail/fsck/channel.ts'
import { Disk } from '../../../../../src/jsmail/fsck/disk.ts'

/** The file afterwards, undefined when it is not mended. */
function mended(content: string): string | undefined {
  const directory = mkdtempSync(`${tmpdir()}/channel-`)
  const disk = new Disk(directory)
  try {
    writeFileSync(`${directory}/17`, content, 'latin1')
    utimesSync(`${directory}/17`, 1000, 2000)
    const damages = damagesOf(disk, '17')
    if (!isMendable(damages)) return undefined
    mendChannel(disk, '17', damages)
    assert.deepEqual(damagesOf(disk, '17'), [])
    assert.equal(statSync(`${directory}/17`).mtimeMs, 2_000_000)
    return readFileSync(`${directory}/17`, 'latin1')
  } finally {
    rmSync(directory, { recursive: true })
  }
}

test('what is in order stays as it is', () => {
  for (const content of ['', 'Ta@b\0', 'Da@b\0T\0Dx y\0']) assert.equal(mended(content), content)
})

test('a recipient that lost its letter is to be delivered, other records are done, offsets stay', () => {
  assert.equal(mended('Ta@b\0Xc@d\0Te@f\0'), 'Ta@b\0Tc@d\0Te@f\0')
  assert.equal(mended('Ta@b\0Xno address\0Te@f\0'), 'Ta@b\0Dno address\0Te@f\0')
  assert.equal(mended('X\0'), 'D\0')
})

test('what is torn at the end goes, and so do zeros there', () => {
  assert.equal(mended('Ta@b\0Tc@'), 'Ta@b\0')
  assert.equal(mended('Tc@'), '')
  assert.equal(mended(`Ta@b\0${'\0'.repeat(5)}`), 'Ta@b\0')
  assert.equal(mended('\0'), '')
  assert.equal(mended('Ta@b\0\0\0Tc@'), 'Ta@b\0')
  assert.equal(mended('Ta@b\0\0\0Xc@d\0Tc@'), 'Ta@b\0D\0Tc@d\0')
})

test('zeros in between become one record, and what follows is kept', () => {
  assert.equal(mended(`Ta@b\0${'\0'.repeat(2)}Te@f\0`), 'Ta@b\0D\0Te@f\0')
  assert.equal(mended(`Tuser@exa\0${'\0'.repeat(5)}ple.org\0Te@f\0`), 'Tuser@exa\0D---\0Dle.org\0Te@f\0')
})

test('a single zero in between is left for a person', () => {
  assert.equal(mended('Ta@b\0\0Te@f\0'), undefined)
})

test('a megabyte of zeros, or of a record, becomes records that everybody reads', () => {
  for (const rubble of [
    '\0'.repeat(1 << 20),
    `T${'x'.repeat(1 << 20)}@b\0`,
    `T${'x'.repeat(RECORD_BYTES)}\0`,
  ]) {
    const after = mended(`Ta@b\0${rubble}Te@f\0`) ?? ''
    assert.equal(after.length, rubble.length + 10)
    const records = after.split('\0')
    assert.deepEqual([records[0], records.at(-2)], ['Ta@b', 'Te@f'])
    assert.equal(
      records.slice(1, -2).every((record) => /^D-*$/.test(record)),
      true,
    )
  }
})
