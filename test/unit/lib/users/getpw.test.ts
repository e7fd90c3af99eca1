import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { SystemError } from '../../../../lib/os/os.ts'
import { formatAssignment, parseAssignment } from '../../../../lib/users/assignment.ts'
import { type AccountEntry, type Accounts, findAccount } from '../../../../lib/users/getpw.ts'

const ENOENT = 2
const EIO = 5

function accountsOf(
  ...entries: readonly (AccountEntry & { readonly owner?: number; readonly errno?: number })[]
) {
  const asked: string[] = []
  const accounts: Accounts = {
    byName(name) {
      asked.push(name)
      return entries.find((entry) => entry.name === name)
    },
    ownerOf(path) {
      const entry = entries.find((one) => one.home === path)
      if (entry?.errno !== undefined) throw new SystemError('stat', entry.errno)
      return entry?.owner ?? entry?.uid ?? -1
    },
  }
  return { asked, accounts }
}

const joe = { name: 'joe', uid: 1, gid: 2, home: '/h' }
const alias = { name: 'alias', uid: 3, gid: 4, home: '/a' }

function found(accounts: Accounts, local: string): string {
  const result = findAccount(accounts, local)
  return result.ok ? formatAssignment(result.value) : `${result.failure.code} ${result.failure.retry}`
}

test('an account is found by its whole name, in any case', () => {
  const { accounts } = accountsOf(joe, alias)
  equal(found(accounts, 'Joe'), 'joe\x001\x002\0/h\0\0\0')
})

test('an account is found before a dash; the extension keeps its case', () => {
  const { accounts, asked } = accountsOf(joe, alias)
  equal(found(accounts, 'joe-Foo-Bar'), 'joe\x001\x002\0/h\0-\0Foo-Bar\0')
  deepEqual(asked, ['joe-foo-bar', 'joe-foo', 'joe'])
})

test('the longest name wins', () => {
  const { accounts } = accountsOf(joe, { name: 'joe-foo', uid: 9, gid: 9, home: '/f' }, alias)
  equal(found(accounts, 'joe-foo-bar'), 'joe-foo\x009\x009\0/f\0-\0bar\0')
})

test('nobody is alias, with the whole local part as extension', () => {
  const { accounts, asked } = accountsOf(joe, alias)
  equal(found(accounts, 'Unknown-X'), 'alias\x003\x004\0/a\0-\0Unknown-X\0')
  equal(found(accounts, ''), 'alias\x003\x004\0/a\0-\0\0')
  equal(found(accounts, '-joe'), 'alias\x003\x004\0/a\0-\0-joe\0')
  equal(asked.includes(''), false)
})

test('without alias there is nobody', () => {
  equal(found(accountsOf(joe).accounts, 'x'), '116 later')
})

test('root, and who does not own his home or has none, gets no mail', () => {
  const root = { name: 'root', uid: 0, gid: 0, home: '/root' }
  const robbed = { name: 'robbed', uid: 5, gid: 5, home: '/r', owner: 6 }
  const homeless = { name: 'homeless', uid: 7, gid: 7, home: '/gone', errno: ENOENT }
  const { accounts } = accountsOf(root, robbed, homeless, alias)
  for (const name of ['root', 'robbed', 'homeless'])
    equal(found(accounts, name), `alias\x003\x004\0/a\0-\0${name}\0`)
})

test('a home that cannot be looked at now is trouble for now', () => {
  equal(found(accountsOf({ ...joe, errno: EIO }, alias).accounts, 'joe'), '115 later')
})

test('an account database that cannot be asked is trouble for now', () => {
  const accounts: Accounts = {
    byName() {
      throw new SystemError('getpwnam_r', EIO)
    },
    ownerOf: () => 1,
  }
  equal(found(accounts, 'joe'), '118 later')
})

test('a name of 31 bytes is looked up, one of 32 is not', () => {
  const long = { name: 'x'.repeat(31), uid: 1, gid: 1, home: '/x' }
  const longer = { name: 'x'.repeat(32), uid: 1, gid: 1, home: '/y' }
  const { accounts } = accountsOf(long, longer, alias)
  equal(found(accounts, 'x'.repeat(31)).startsWith('x'), true)
  equal(found(accounts, `${'x'.repeat(31)}-y`).startsWith('x'), true)
  equal(found(accounts, 'x'.repeat(32)).startsWith('alias'), true)
  equal(found(accounts, `${'x'.repeat(32)}-y`).startsWith('alias'), true)
})

test('what is printed can be read back', () => {
  const assignment = { user: 'joe', uid: 1, gid: 2, home: '/h', dash: '-', ext: 'Foo' }
  deepEqual(parseAssignment(formatAssignment(assignment)), assignment)
  equal(parseAssignment('joe\x001\x002\0/h\0-'), undefined)
  equal(parseAssignment(''), undefined)
})
