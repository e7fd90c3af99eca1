import { deepEqual, equal } from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test, type TestContext } from 'node:test'
import { accountByName } from '../../../../lib/os/os.ts'
import { parseIds, readIds, roles } from '../../../../lib/users/ids.ts'

const content = roles.map((role, index) => `${role}:${64001 + index}:64010\n`).join('')
const root = { uid: 0, gid: 0 }
const me = { uid: process.getuid?.() ?? 1, gid: process.getgid?.() ?? 1 }
const needsRoot = me.uid === 0 ? false : 'needs root to own the file as root'

function homeWith(t: TestContext, ids: string | undefined): string {
  const home = mkdtempSync(`${tmpdir()}/ids-`)
  t.after(() => rmSync(home, { recursive: true }))
  mkdirSync(`${home}/users`)
  if (ids !== undefined) {
    writeFileSync(`${home}/users/ids`, ids)
    chmodSync(`${home}/users/ids`, 0o644)
  }
  return home
}

function whyNot(result: ReturnType<typeof readIds>): string {
  return result.ok ? 'ok' : `${result.failure.retry}: ${result.failure.text}`
}

test('a user without a role is every role', (t) => {
  const self = { uid: 54321, gid: 54322 }
  for (const home of [homeWith(t, undefined), homeWith(t, content)]) {
    const ids = readIds(home, self)
    equal(
      ids.ok && roles.every((role) => ids.value[role].uid === 54321 && ids.value[role].gid === 54322),
      true,
    )
    equal(ids.ok && ids.value.qmail === 54322 && ids.value.nofiles === 54322, true)
  }
})

test('root and every role learn the numbers of users/ids', { skip: needsRoot }, (t) => {
  const home = homeWith(t, content)
  for (const self of [root, { uid: 64006, gid: 64010 }]) {
    const ids = readIds(home, self)
    deepEqual(ids.ok && ids.value.qmailr, { uid: 64006, gid: 64010 })
    deepEqual(ids.ok && ids.value.qmailq, { uid: 64005, gid: 64010 })
  }
})

test('a file that others may write, or that is not root’s, is not believed', { skip: needsRoot }, (t) => {
  const home = homeWith(t, content)
  chmodSync(`${home}/users/ids`, 0o664)
  equal(whyNot(readIds(home, root)), 'later: users/ids is writable by others')
  chmodSync(`${home}/users/ids`, 0o644)
  chownSync(`${home}/users/ids`, 64005, 64010)
  equal(whyNot(readIds(home, root)), 'later: users/ids is not owned by root')
})

test('a file that is there and wrong stops everybody: nothing else is tried', (t) => {
  equal(whyNot(readIds(homeWith(t, 'alias:1:1\n'), me)), 'later: unable to find user qmaild')
  equal(whyNot(readIds(homeWith(t, 'x\n'), me)), 'later: bad format in users/ids, line 1')
})

test('a file of the largest size is read, one byte more is refused', (t) => {
  const filled = (size: number) => `${content}#${'x'.repeat(size - content.length - 2)}\n`
  equal(whyNot(readIds(homeWith(t, filled(65536)), me)), 'ok')
  equal(whyNot(readIds(homeWith(t, filled(65537)), me)), 'later: users/ids is too large')
})

test('a directory in its place is trouble', (t) => {
  const home = homeWith(t, undefined)
  mkdirSync(`${home}/users/ids`)
  equal(whyNot(readIds(home, me)), 'later: unable to read users/ids')
})

test(
  'root without the file and without accounts is told which one is missing',
  {
    skip: accountByName('alias') !== undefined && 'qmail’s accounts exist here',
  },
  (t) => {
    equal(whyNot(readIds(homeWith(t, undefined), root)), 'later: unable to find user alias')
  },
)

test(
  'root is told from accounts when they exist',
  {
    skip: roles.some((role) => accountByName(role) === undefined) && 'qmail’s accounts do not exist here',
  },
  (t) => {
    const ids = readIds(homeWith(t, undefined), root)
    equal(ids.ok && ids.value.qmailq.uid, accountByName('qmailq')?.uid)
  },
)

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
