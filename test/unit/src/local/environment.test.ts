import assert from 'node:assert/strict'
import { test } from 'node:test'
import { environmentOf } from '../../../../src/local/environment.ts'
import type { Job } from '../../../../src/local/job.ts'
import { sampleJob } from './sample.ts'

function environment(changes: Partial<Job>, matchedDefault?: string): Record<string, string | undefined> {
  const inherited = { PATH: '/bin', DEFAULT: 'old', HOME: '/old' }
  return environmentOf(sampleJob(changes), { inherited, newSender: 'new@s', matchedDefault, nowMs: 0 })
}

test('parts of the host end at the shortest', () => {
  const hosts = (domain: string): readonly (string | undefined)[] => {
    const { HOST, HOST2, HOST3, HOST4 } = environment({ domain })
    return [HOST, HOST2, HOST3, HOST4]
  }
  assert.deepEqual(hosts('h.e.example'), ['h.e.example', 'h.e', 'h', 'h'])
  assert.deepEqual(hosts('a.b.c.d.e'), ['a.b.c.d.e', 'a.b.c.d', 'a.b.c', 'a.b'])
  assert.deepEqual(hosts('one'), ['one', 'one', 'one', 'one'])
  assert.deepEqual(hosts(''), ['', '', '', ''])
})

test('parts of the extension are empty when the dashes are used up', () => {
  const exts = (ext: string): readonly (string | undefined)[] => {
    const { EXT, EXT2, EXT3, EXT4 } = environment({ dash: '-', ext })
    return [EXT, EXT2, EXT3, EXT4]
  }
  assert.deepEqual(exts('a-b-c-d'), ['a-b-c-d', 'b-c-d', 'c-d', 'd'])
  assert.deepEqual(exts('a-'), ['a-', '', '', ''])
  assert.deepEqual(exts('Foo'), ['Foo', '', '', ''])
})

test('everything else is said as it came, over what was inherited', () => {
  const { EXT, ...rest } = environment({ dash: '-', ext: 'x', local: 'Joe-X' })
  assert.equal(EXT, 'x')
  assert.equal(rest['PATH'], '/bin')
  assert.equal(rest['HOME'], '/nonexistent')
  assert.equal(rest['USER'], 'joe')
  assert.equal(rest['LOCAL'], 'Joe-X')
  assert.equal(rest['RECIPIENT'], 'Joe-X@h.e.example')
  assert.equal(rest['SENDER'], 's@d.example')
  assert.equal(rest['NEWSENDER'], 'new@s')
  assert.equal(rest['DTLINE'], 'Delivered-To: Joe-X@h.e.example\n')
  assert.equal(rest['RPLINE'], 'Return-Path: <s@d.example>\n')
  assert.equal(rest['UFLINE'], 'From s@d.example Thu Jan 01 00:00:00 1970\n')
})

test('an inherited DEFAULT never stands for a match that there was not', () => {
  assert.equal(environment({})['DEFAULT'], undefined)
  assert.equal(environment({}, '')['DEFAULT'], '')
  assert.equal(environment({}, 'C-d')['DEFAULT'], 'C-d')
})
