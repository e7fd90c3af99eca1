/** The home that `make run`, `make install` and the tests make: qmail's tree, twice as good as once, never overwriting. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { type TestContext, test } from 'node:test'
import { lookUpUser } from '../../../../lib/users/by-cdb.ts'
import { type Accounts, accountsOf } from '../../../../scripts/home/accounts.ts'
import { makeHome } from '../../../../scripts/home/home.ts'
import { Hindrance } from '../../../../scripts/home/place.ts'
import { checkoutSuite } from '../../../../scripts/home/suite.ts'
import { withoutRoot } from '../../../helpers/peers.ts'

function folder(t: TestContext): string {
  const path = mkdtempSync(`${tmpdir()}/home-`)
  chmodSync(path, 0o755)
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function make(home: string): Accounts {
  const control = `${home}.template`
  mkdirSync(control, { recursive: true })
  writeFileSync(`${control}/me`, 'mail.example.test\n')
  writeFileSync(`${control}/README.md`, 'a page\n')
  return makeHome({
    home,
    suite: { ...checkoutSuite(), programs: ['queue', 'sendmail'] },
    control,
    sample: true,
  })
}

function everything(home: string): readonly string[] {
  return readdirSync(home, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const { ino, mode, uid, gid, mtimeMs, ctimeMs } = lstatSync(`${home}/${name}`)
      return [name, ino, mode.toString(8), uid, gid, mtimeMs, ctimeMs].join(' ')
    })
}

test('the tree has the owners and modes of qmail', (t) => {
  const home = `${folder(t)}/home`
  const ids = make(home)
  const expected: readonly (readonly [string, number, number, number])[] = [
    ['queue', 0o750, ids.qmailq.uid, ids.qmail],
    ['queue/pid', 0o700, ids.qmailq.uid, ids.qmail],
    ['queue/intd', 0o700, ids.qmailq.uid, ids.qmail],
    ['queue/todo', 0o750, ids.qmailq.uid, ids.qmail],
    ['queue/bounce', 0o700, ids.qmails.uid, ids.qmail],
    ['queue/mess', 0o750, ids.qmailq.uid, ids.qmail],
    ['queue/mess/22', 0o750, ids.qmailq.uid, ids.qmail],
    ['queue/info/0', 0o700, ids.qmails.uid, ids.qmail],
    ['queue/local/7', 0o700, ids.qmails.uid, ids.qmail],
    ['queue/remote/22', 0o700, ids.qmails.uid, ids.qmail],
    ['queue/lock', 0o750, ids.qmailq.uid, ids.qmail],
    ['queue/lock/tcpto', 0o644, ids.qmailr.uid, ids.qmail],
    ['queue/lock/sendmutex', 0o600, ids.qmails.uid, ids.qmail],
    ['queue/lock/trigger', 0o622, ids.qmails.uid, ids.qmail],
    ['submit', 0o755, ids.qmailq.uid, ids.qmail],
    ['alias', 0o2755, ids.alias.uid, ids.qmail],
    ['control', 0o755, ids.self.uid, ids.qmail],
    ['control/me', 0o644, ids.self.uid, ids.qmail],
    ['mail/you', 0o700, ids.you.uid, ids.you.gid],
    ['mail/you/Maildir/new', 0o700, ids.you.uid, ids.you.gid],
    [`trace/${ids.qmailq.uid}`, 0o600, ids.qmailq.uid, ids.qmailq.gid],
  ]
  for (const [name, mode, uid, gid] of expected) {
    const found = lstatSync(`${home}/${name}`)
    assert.deepEqual([name, found.mode & 0o7777, found.uid, found.gid], [name, mode, uid, gid])
  }
  assert.ok(lstatSync(`${home}/queue/lock/trigger`).isFIFO())
  assert.equal(lstatSync(`${home}/queue/lock/tcpto`).size, 1024)
  assert.ok(!existsSync(`${home}/queue/mess/23`))
  assert.ok(!existsSync(`${home}/control/README.md`))
})

test(
  'as root every role has an id of its own, and the mailbox is not root’s',
  { skip: withoutRoot() },
  (t) => {
    const ids = make(`${folder(t)}/home`)
    const { alias, qmaild, qmaill, qmailp, qmailq, qmailr, qmails, you } = ids
    const uids = [alias, qmaild, qmaill, qmailp, qmailq, qmailr, qmails, you].map(({ uid }) => uid)
    assert.equal(new Set(uids).size, 8)
    assert.ok(!uids.includes(0))
  },
)

test('a second time changes nothing', (t) => {
  const home = `${folder(t)}/home`
  make(home)
  const before = everything(home)
  make(home)
  assert.deepEqual(everything(home), before)
})

test('what is missing or has a wrong mode comes back', (t) => {
  const home = `${folder(t)}/home`
  const ids = make(home)
  rmSync(`${home}/queue/mess/3`, { recursive: true })
  rmSync(`${home}/queue/lock/trigger`)
  rmSync(`${home}/users/cdb`)
  rmSync(`${home}/mail/you/Maildir/tmp`, { recursive: true })
  chmodSync(`${home}/queue/info`, 0o777)
  make(home)
  assert.equal(lstatSync(`${home}/queue/mess/3`).uid, ids.qmailq.uid)
  assert.ok(lstatSync(`${home}/queue/lock/trigger`).isFIFO())
  assert.ok(existsSync(`${home}/users/cdb`))
  assert.ok(existsSync(`${home}/mail/you/Maildir/tmp`))
  assert.equal(lstatSync(`${home}/queue/info`).mode & 0o7777, 0o700)
})

test('what people edit is never overwritten', (t) => {
  const home = `${folder(t)}/home`
  make(home)
  const edited = ['control/me', 'mail/you/.qmail', 'alias/.qmail-hello', 'queue/lock/tcpto']
  for (const name of edited) writeFileSync(`${home}/${name}`, 'edited')
  const assign = readFileSync(`${home}/users/assign`, 'utf8').replace(
    '+you-',
    '=joe:joe:7:7:/home/joe:::\n+you-',
  )
  writeFileSync(`${home}/users/assign`, assign)
  make(home)
  for (const name of edited) assert.equal(readFileSync(`${home}/${name}`, 'utf8'), 'edited', name)
  assert.equal(readFileSync(`${home}/users/assign`, 'utf8'), assign)
  const joe = lookUpUser(home, 'joe')
  assert.ok(joe.ok && joe.value?.home === '/home/joe', 'users/cdb follows users/assign')
})

test('you, you-anything and the aliases are found in users/cdb', (t) => {
  const home = `${folder(t)}/home`
  const ids = make(home)
  const find = (local: string): unknown => {
    const found = lookUpUser(home, local)
    return found.ok ? found.value : found
  }
  const you = { user: 'you', uid: ids.you.uid, gid: ids.you.gid, home: `${home}/mail/you` }
  assert.deepEqual({ ...(find('You') as object) }, { ...you, dash: '', ext: '' })
  assert.deepEqual({ ...(find('you-Log') as object) }, { ...you, dash: '-', ext: 'Log' })
  const { uid, gid } = ids.alias
  const alias = { user: 'alias', uid, gid, home: `${home}/alias`, dash: '-', ext: 'hello' }
  assert.deepEqual({ ...(find('hello') as object) }, alias)
})

test('an untouched users/assign follows a home that was moved', (t) => {
  const parent = folder(t)
  make(`${parent}/home`)
  renameSync(`${parent}/home`, `${parent}/moved here`)
  make(`${parent}/moved here`)
  const you = lookUpUser(`${parent}/moved here`, 'you')
  assert.ok(you.ok && you.value?.home === `${parent}/moved here/mail/you`)
})

test('an installed launcher works through a link, and from a home with any character in its path', (t) => {
  const parent = folder(t)
  const home = `${parent}/a "b" 'c' $d`
  const control = `${parent}/control`
  mkdirSync(control)
  const bundles = `${parent}/bundles '$x`
  mkdirSync(bundles)
  writeFileSync(
    `${bundles}/sendmail.cjs`,
    'console.log(JSON.stringify([process.env.JSMAIL_HOME, process.env.JSMAIL_INVOKED_AS, ...process.argv.slice(2)]))',
  )
  const suite = { ...checkoutSuite(), bundles, programs: ['sendmail', 'queue'] }
  makeHome({ home, suite, control, sample: false })
  symlinkSync(`${home}/bin/sendmail`, `${parent}/mailq`)
  const { stdout, stderr } = spawnSync(`${parent}/mailq`, ['a b', "'"], {
    encoding: 'utf8',
    cwd: '/',
    env: {},
  })
  assert.equal(stderr, '')
  assert.deepEqual(JSON.parse(stdout), [home, 'mailq', 'a b', "'"])
  assert.equal(readFileSync(`${home}/bin/qmail-queue`, 'utf8'), readFileSync(`${home}/bin/queue`, 'utf8'))
})

test(
  'as root a home that the suite’s users cannot enter is refused with the directory’s name',
  { skip: withoutRoot() },
  (t) => {
    const parent = folder(t)
    mkdirSync(`${parent}/closed`, { mode: 0o700 })
    assert.throws(
      () => make(`${parent}/closed/home`),
      (error) =>
        error instanceof Hindrance && error.message.startsWith(`${parent}/closed is closed to others`),
    )
  },
)

test('a home of somebody else is refused', { skip: withoutRoot() }, (t) => {
  const home = `${folder(t)}/home`
  make(home)
  const script = `
    import { makeHome } from '${import.meta.dirname}/../../../../scripts/home/home.ts'
    process.setgroups([]); process.setgid(59998); process.setuid(59998)
    makeHome({ home: '${home}', suite: { runtime: '/bin/sh', bundles: '/', programs: [] }, control: '/', sample: true })`
  const { stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', script], {
    encoding: 'utf8',
  })
  assert.match(stderr, /was made by user 0: run as that user/)
})

test('a path with a colon, which users/assign cannot hold, is refused', (t) => {
  assert.throws(() => make(`${folder(t)}/a:b`), Hindrance)
})

test('numbers in users/ids are what counts from then on', { skip: withoutRoot() }, (t) => {
  const home = `${folder(t)}/home`
  make(home)
  const ids = readFileSync(`${home}/users/ids`, 'utf8').replace(/^qmailr:\d+/m, 'qmailr:59950')
  writeFileSync(`${home}/users/ids`, ids)
  assert.equal(accountsOf(home).qmailr.uid, 59950)
  make(home)
  assert.equal(lstatSync(`${home}/queue/lock/tcpto`).uid, 59950)
})
