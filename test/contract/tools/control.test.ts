/** newmrh and showctl as they are started. Case C11. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test, type TestContext } from 'node:test'
import { openCdb } from '../../../lib/cdb/by-file.ts'
import { makeTestHome } from '../../helpers/home.ts'
import { command, without } from '../../helpers/peers.ts'
import { program } from '../../helpers/program.ts'

function homeWith(t: TestContext, morercpthosts?: string): string {
  const home = mkdtempSync(`${tmpdir()}/newmrh-`)
  t.after(() => rmSync(home, { recursive: true }))
  mkdirSync(`${home}/control`)
  if (morercpthosts !== undefined) writeFileSync(`${home}/control/morercpthosts`, morercpthosts)
  return home
}

function newmrh(home: string): string {
  const { status, stdout, stderr } = spawnSync(program('newmrh'), {
    env: { JSMAIL_HOME: home },
    encoding: 'utf8',
  })
  return `${status} ${stdout}${stderr}`
}

function has(home: string, key: string): boolean {
  const opened = openCdb(`${home}/control/morercpthosts.cdb`)
  assert.ok(opened.ok && opened.value !== undefined)
  const found = opened.value.lookUp(key)
  opened.value.close()
  assert.ok(found.ok)
  return found.value !== undefined
}

const c11 = 'MORE.example\n  trimmed.example  \n#x.example\n.sfx.example\n'

test('C11: the table has what smtpd asks for', (t) => {
  const home = homeWith(t, c11)
  assert.equal(newmrh(home), '0 ')
  const asked = ['more.example', '.sfx.example', 'trimmed.example', 'x.example', '#x.example', 'sfx.example']
  assert.deepEqual(
    asked.map((key) => has(home, key)),
    [true, true, false, false, false, false],
  )
  assert.equal(statSync(`${home}/control/morercpthosts.cdb`).mode & 0o777, 0o644)
  assert.equal(existsSync(`${home}/control/morercpthosts.tmp`), false)
})

test('C11: smtpd takes mail for what newmrh has compiled', (t) => {
  const home = makeTestHome(t, { profile: 'qmail\n', rcpthosts: 'local.example\n', morercpthosts: c11 })
  assert.equal(spawnSync(home.bin('newmrh')).status, 0)
  const asked = ['more.EXAMPLE', 'a.sfx.example', 'trimmed.example', 'x.example', '#x.example', 'sfx.example']
  const { stdout } = spawnSync(home.bin('smtpd'), {
    input: `HELO x\r\nMAIL FROM:<s@d.example>\r\n${asked.map((domain) => `RCPT TO:<joe@${domain}>\r\n`).join('')}QUIT\r\n`,
    env: { PATH: process.env['PATH'] ?? '' },
    encoding: 'latin1',
  })
  const replies = stdout.trimEnd().split('\r\n').slice(3, 9)
  assert.deepEqual(
    replies.map((reply) => reply.slice(0, 3)),
    ['250', '250', '553', '553', '553', '553'],
    stdout,
  )
})

test('the table is the one that cdb makes of the same keys', { skip: without('cdb') }, (t) => {
  const home = homeWith(t, c11)
  newmrh(home)
  const records = ['more.example', '  trimmed.example', '.sfx.example'].map(
    (key) => `+${key.length},0:${key}->\n`,
  )
  const made = spawnSync(command('cdb') ?? '', ['-c', `${home}/other.cdb`], {
    input: `${records.join('')}\n`,
  })
  assert.equal(made.status, 0, String(made.stderr))
  assert.deepEqual(readFileSync(`${home}/control/morercpthosts.cdb`), readFileSync(`${home}/other.cdb`))
})

test('200,000 domains are compiled', (t) => {
  const home = homeWith(t, Array.from({ length: 200_000 }, (_, at) => `host${at}.example\n`).join(''))
  assert.equal(newmrh(home), '0 ')
  assert.deepEqual([has(home, 'host0.example'), has(home, 'host199999.example')], [true, true])
})

test('after trouble the old table stands', (t) => {
  const home = homeWith(t, c11)
  newmrh(home)
  rmSync(`${home}/control/morercpthosts`)
  assert.equal(
    newmrh(home),
    '111 qmail-newmrh: fatal: unable to read control/morercpthosts: file does not exist\n',
  )
  assert.equal(has(home, 'more.example'), true)
  assert.equal(existsSync(`${home}/control/morercpthosts.tmp`), false)
})

test('showctl describes a home', (t) => {
  const { home, bin, control, accounts } = makeTestHome(t)
  control({ whatever: '' })
  const { status, stdout, stderr } = spawnSync(bin('showctl'), { encoding: 'latin1' })
  assert.deepEqual([status, stderr], [0, ''])
  assert.ok(stdout.startsWith(`qmail home directory: ${home}.\n`), stdout)
  assert.match(stdout, new RegExp(`\\nuser ids: ${accounts.alias.uid}, ${accounts.qmaild.uid}, `))
  assert.match(stdout, /\nme: example\.test \(read by /)
  assert.match(stdout, /\nwhatever: I have no idea what this file does\.\n$/)
})

test('showctl without a control directory is 111', (t) => {
  const home = homeWith(t)
  rmSync(`${home}/control`, { recursive: true })
  const { status, stderr } = spawnSync(program('showctl'), { env: { JSMAIL_HOME: home }, encoding: 'latin1' })
  assert.deepEqual([status, stderr.includes('unable to read control: file does not exist\n')], [111, true])
})
