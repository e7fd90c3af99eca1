/** newu and getpw as they are started: files, exit codes, descriptors. Cases H of the contract. */
import { deepEqual, equal } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { test, type TestContext } from 'node:test'
import { lookUpUser } from '../../../lib/users/by-cdb.ts'
import { accountByName } from '../../../lib/os/os.ts'
import { makeTestHome } from '../../helpers/home.ts'
import { program } from '../../helpers/program.ts'

const h1 = '=joe:joe:1:2:/h:::\n+joe-:joe:1:2:/h:-::\n+:alias:3:4:/a:-::\n.\n'

function homeWith(t: TestContext, assign: string | undefined): string {
  const home = mkdtempSync(`${tmpdir()}/newu-`)
  t.after(() => rmSync(home, { recursive: true }))
  mkdirSync(`${home}/users`)
  if (assign !== undefined) writeFileSync(`${home}/users/assign`, assign)
  return home
}

function newu(home: string): string {
  const { status, stdout, stderr } = spawnSync(program('newu'), {
    env: { JSMAIL_HOME: home },
    encoding: 'utf8',
  })
  return `${status} ${stdout}${stderr}`
}

function found(home: string, local: string): string {
  const result = lookUpUser(home, local)
  if (!result.ok) return 'failed'
  return result.value === undefined ? 'none' : `${result.value.user} ${result.value.uid} ${result.value.ext}`
}

test('newu makes a table that the look-up reads', (t) => {
  const home = homeWith(t, h1)
  equal(found(home, 'joe'), 'none')
  equal(newu(home), '0 ')
  equal(found(home, 'Joe-Foo'), 'joe 1 Foo')
  equal(found(home, 'unknown'), 'alias 3 unknown')
  deepEqual(readdirSync(`${home}/users`).sort(), ['assign', 'cdb'])
  equal(statSync(`${home}/users/cdb`).mode & 0o777, 0o644)
})

test('H6: after a mistake the old table stands', (t) => {
  const home = homeWith(t, h1)
  equal(newu(home), '0 ')
  const before = readFileSync(`${home}/users/cdb`)
  writeFileSync(`${home}/users/assign`, '=joe:joe:1:2:/h:::\n')
  equal(newu(home), '111 qmail-newu: fatal: bad format in users/assign\n')
  equal(readFileSync(`${home}/users/cdb`).equals(before), true)
})

test('without users/assign newu says so', (t) => {
  equal(
    newu(homeWith(t, undefined)),
    '111 qmail-newu: fatal: unable to read users/assign: file does not exist\n',
  )
})

test('a damaged table is trouble, not nobody', (t) => {
  const home = homeWith(t, h1)
  newu(home)
  chmodSync(`${home}/users/cdb`, 0o644)
  writeFileSync(`${home}/users/cdb`, readFileSync(`${home}/users/cdb`).subarray(0, 100))
  equal(found(home, 'joe'), 'failed')
})

test('H8: getpw without an argument exits 100', () => {
  equal(spawnSync(program('getpw')).status, 100)
})

test('getpw finds who runs this, if he owns his home', (t) => {
  const me = userInfo()
  const owner = statSync(me.homedir, { throwIfNoEntry: false })?.uid
  const mayGetMail = me.uid !== 0 && owner === me.uid
  if (!mayGetMail) return t.skip('this is root, or has no home')
  const { stdout } = spawnSync(program('getpw'), [`${me.username}-Foo`], { encoding: 'latin1' })
  equal(stdout, `${me.username}\0${me.uid}\0${me.gid}\0${me.homedir}\0-\0Foo\0`)
})

test('getpw gives root no mail: alias has it, or nobody', () => {
  const { status, stdout } = spawnSync(program('getpw'), ['root'], { encoding: 'latin1' })
  equal(status === 0 ? stdout.startsWith('alias\0') : status === 116 && stdout === '', true)
})

test('without an account alias, the mail of nobody belongs to the alias of the home', (t) => {
  const { home, accounts } = makeTestHome(t)
  if (accountByName('alias') !== undefined) return t.skip('this system has an account alias')
  const { status, stdout } = spawnSync(program('getpw'), ['no-such-user'], {
    encoding: 'latin1',
    env: { ...process.env, JSMAIL_HOME: home },
  })
  const { uid, gid } = accounts.alias
  equal(stdout, `alias\0${uid}\0${gid}\0${home}/alias\0-\0no-such-user\0`)
  equal(status, 0)
})
