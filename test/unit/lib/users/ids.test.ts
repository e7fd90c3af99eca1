import { deepEqual, equal } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseIds } from '../../../../lib/users/ids.ts'

const seven = [
  'alias:1:11',
  'qmaild:2:11',
  'qmaill:3:11',
  'qmailp:4:11',
  'qmailq:5:10',
  'qmailr:6:10',
  'qmails:7:10',
]

function parsed(lines: readonly string[]) {
  const result = parseIds(lines.map((line) => `${line}\n`).join(''))
  return result.ok ? result.value : `${result.failure.retry}: ${result.failure.text}`
}

test('seven names are enough; the groups follow from qmailq and alias', () => {
  deepEqual(parsed(seven), {
    alias: { uid: 1, gid: 11 },
    qmaild: { uid: 2, gid: 11 },
    qmaill: { uid: 3, gid: 11 },
    qmailp: { uid: 4, gid: 11 },
    qmailq: { uid: 5, gid: 10 },
    qmailr: { uid: 6, gid: 10 },
    qmails: { uid: 7, gid: 10 },
    qmail: 10,
    nofiles: 11,
  })
})

test('the groups may be named', () => {
  const ids = parsed([...seven, 'nofiles::21', 'qmail::20'])
  equal(typeof ids === 'string' ? ids : `${ids.qmail} ${ids.nofiles}`, '20 21')
})

test('comments and empty lines are ignored, the first line of a name counts', () => {
  const ids = parsed(['# ids', '', ...seven, 'alias:99:99'])
  deepEqual(typeof ids === 'string' ? ids : ids.alias, { uid: 1, gid: 11 })
})

test('a missing name is named', () => {
  equal(parsed(seven.filter((line) => !line.startsWith('qmailr'))), 'later: unable to find user qmailr')
})

test('a line that is not understood is refused by its number', () => {
  for (const bad of [
    'qmailx:1:1',
    'alias:1',
    'alias:1:2:3',
    'alias:one:2',
    'alias::2',
    'qmail:1:2',
    'alias:-1:2',
    ' alias:1:2',
    'alias:1:2 ',
    'root:0:0',
  ])
    equal(parsed(['#', bad, ...seven]), 'later: bad format in users/ids, line 2')
})

test('no role may be root, and no id may be the one that means none', () => {
  equal(parsed(['alias:0:1']), 'later: bad format in users/ids, line 1')
  equal(parsed(['alias:1:0']), 'later: bad format in users/ids, line 1')
  equal(parsed(['alias:4294967295:1']), 'later: bad format in users/ids, line 1')
  equal(parsed(['alias:4294967294:1']), 'later: unable to find user qmaild')
})

test('the example of the page is understood', () => {
  const page = readFileSync(new URL('../../../../lib/users/ids.5.md', import.meta.url), 'utf8')
  const example = page.slice(page.indexOf('Example:')).match(/^ {4}\S.*$/gm) ?? []
  const ids = parsed(example.map((line) => line.trim()))
  equal(typeof ids === 'string' ? ids : ids.qmail, 64010)
})
