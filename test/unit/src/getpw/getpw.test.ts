import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { Accounts } from '../../../../lib/users/getpw.ts'
import { getpw } from '../../../../src/getpw/getpw.ts'

const accounts: Accounts = {
  byName: (name) => (name === 'joe' ? { name, uid: 1, gid: 2, home: '/h' } : undefined),
  ownerOf: () => 1,
}

function run(...argv: readonly string[]): string {
  let printed = ''
  const code = getpw(argv, accounts, (text) => {
    printed += text
  })
  return `${code} ${printed}`
}

test('the assignment is printed', () => {
  equal(run('Joe-Foo'), '0 joe\x001\x002\0/h\0-\0Foo\0')
})

test('H8: without an argument the code is 100 and nothing is printed', () => {
  equal(run(), '100 ')
})

test('the codes of what went wrong are qmail’s, and nothing is printed', () => {
  equal(run('nobody'), '116 ')
})
