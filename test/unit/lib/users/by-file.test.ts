import { deepEqual, equal } from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test, type TestContext } from 'node:test'
import { accountByName } from '../../../../lib/os/os.ts'
import { readIds } from '../../../../lib/users/by-file.ts'
import { roles } from '../../../../lib/users/ids.ts'

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
