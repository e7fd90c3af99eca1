import { deepEqual, equal, match } from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { test, type TestContext } from 'node:test'
import {
  CONTROL_BYTES,
  controlFiles,
  fresh,
  readInteger,
  readLine,
  readLineOrMe,
  readList,
  readListOrMe,
  readProfile,
} from '../../../../lib/control/by-file.ts'
import { ok, type Result } from '../../../../lib/failure/failure.ts'

function homeWith(t: TestContext, files: Record<string, string>): string {
  const home = mkdtempSync(`${tmpdir()}/control-`)
  t.after(() => rmSync(home, { recursive: true }))
  mkdirSync(`${home}/control`)
  for (const [name, content] of Object.entries(files))
    writeFileSync(`${home}/control/${name}`, content, 'latin1')
  return home
}

function whyNot(result: Result<unknown>): string {
  if (result.ok) return 'ok'
  return `${result.failure.retry} ${result.failure.text}: ${(result.failure.cause as Error).message}`
}

test('the three readers read what is there', (t) => {
  const home = homeWith(t, { me: 'mx.\xe9.org \nx\n', databytes: '100 or so\n', locals: 'a\n#\nb' })
  deepEqual(readLine(home, 'me'), ok('mx.\xe9.org'))
  deepEqual(readInteger(home, 'databytes'), ok(100))
  deepEqual(readList(home, 'locals'), ok(['a', 'b']))
})

test('an absent file is undefined, an empty one is not', (t) => {
  const home = homeWith(t, { empty: '' })
  deepEqual(readLine(home, 'me'), ok(undefined))
  deepEqual(readInteger(home, 'me'), ok(undefined))
  deepEqual(readList(home, 'me'), ok(undefined))
  deepEqual(readLine(home, 'empty'), ok(''))
  deepEqual(readInteger(home, 'empty'), ok(undefined))
  deepEqual(readList(home, 'empty'), ok([]))
})

test('a file that cannot be read is trouble for now, and the cause names it', (t) => {
  const home = homeWith(t, {})
  mkdirSync(`${home}/control/rcpthosts`)
  symlinkSync('loop', `${home}/control/loop`)
  equal(
    whyNot(readList(home, 'rcpthosts')),
    'later unable to read controls: control/rcpthosts: is a directory',
  )
  equal(whyNot(readLine(home, 'loop')), 'later unable to read controls: control/loop: symbolic link loop')
  equal(whyNot(readInteger(home, 'rcpthosts')).startsWith('later'), true)
})

test(
  'a file without read permission fails even though it exists',
  { skip: process.getuid?.() !== 0 && 'needs root to become nobody' },
  (t) => {
    const home = homeWith(t, { rcpthosts: 'a\n' })
    execFileSync('chmod', ['755', home])
    execFileSync('chmod', ['600', `${home}/control/rcpthosts`])
    const script = `import('${new URL('../../../../lib/control/by-file.ts', import.meta.url).href}').then((m) => console.log(JSON.stringify(m.readList('${home}', 'rcpthosts'))))`
    const said = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', script], {
      uid: 65534,
      gid: 65534,
      encoding: 'utf8',
    })
    match(said, /"ok":false.*"retry":"later"/)
  },
)

test('a device or a FIFO without a writer is empty, and nobody waits', (t) => {
  const home = homeWith(t, {})
  symlinkSync('/dev/null', `${home}/control/badmailfrom`)
  execFileSync('mkfifo', [`${home}/control/fifo`])
  deepEqual(readList(home, 'badmailfrom'), ok([]))
  deepEqual(readList(home, 'fifo'), ok([]))
})

test('a file of the largest size is read, one byte more is refused', (t) => {
  const home = homeWith(t, { large: 'first\n' })
  truncateSync(`${home}/control/large`, CONTROL_BYTES)
  deepEqual(readLine(home, 'large'), ok('first'))
  truncateSync(`${home}/control/large`, CONTROL_BYTES + 1)
  match(whyNot(readLine(home, 'large')), /^later .* larger than/)
})

test('an absent file defaults to me, then to the literal', (t) => {
  const withMe = homeWith(t, { me: 'mx\n', own: 'o\n', empty: '' })
  deepEqual(readLineOrMe(withMe, 'own', 'literal'), ok('o'))
  deepEqual(readLineOrMe(withMe, 'absent', 'literal'), ok('mx'))
  deepEqual(readLineOrMe(withMe, 'empty', 'literal'), ok(''))
  deepEqual(readListOrMe(withMe, 'absent'), ok(['mx']))
  deepEqual(readListOrMe(withMe, 'empty'), ok([]))
  const without = homeWith(t, {})
  deepEqual(readLineOrMe(without, 'absent', 'literal'), ok('literal'))
  deepEqual(readLineOrMe(without, 'absent'), ok(undefined))
  deepEqual(readListOrMe(without, 'absent'), ok(undefined))
})

test('an unreadable me is not taken for an absent one', (t) => {
  const home = homeWith(t, {})
  mkdirSync(`${home}/control/me`)
  equal(readLineOrMe(home, 'absent', 'literal').ok, false)
  equal(readListOrMe(home, 'absent').ok, false)
})

test('the profile is qmail unless the file says modern; another word is an error', (t) => {
  deepEqual(readProfile(homeWith(t, {})), ok('qmail'))
  deepEqual(readProfile(homeWith(t, { profile: 'qmail\n' })), ok('qmail'))
  deepEqual(readProfile(homeWith(t, { profile: 'modern \n' })), ok('modern'))
  match(whyNot(readProfile(homeWith(t, { profile: 'Modern\n' }))), /^later .*neither qmail nor modern/)
})

test('the controls of a home are its files', (t) => {
  const controls = controlFiles(
    homeWith(t, { me: 'mx\n', databytes: '5', locals: 'a\nb', profile: 'modern' }),
  )
  deepEqual(controls.line('me'), ok('mx'))
  deepEqual(controls.integer('databytes'), ok(5))
  deepEqual(controls.list('locals'), ok(['a', 'b']))
  deepEqual(controls.lineOrMe('helohost'), ok('mx'))
  deepEqual(controls.listOrMe('absent'), ok(['mx']))
  deepEqual(controls.profile(), ok('modern'))
})

/** A clock set by the test, in step with the file times that the test gives. */
function watched(t: TestContext) {
  const home = homeWith(t, { me: 'one' })
  const clock = { time: Date.now() + 60_000, now: () => clock.time }
  const counted = { reads: 0 }
  const value = fresh(home, ['me', 'other'], clock, () => {
    counted.reads += 1
    return readLine(home, 'me')
  })
  return { home, clock, counted, value }
}

test('an unchanged file is read once', (t) => {
  const { clock, counted, value } = watched(t)
  for (let i = 0; i < 5; i += 1) {
    deepEqual(value(), ok('one'))
    clock.time += 1500
  }
  equal(counted.reads, 1)
})

test('an edit is seen a second later, not before', (t) => {
  const { home, clock, value } = watched(t)
  deepEqual(value(), ok('one'))
  writeFileSync(`${home}/control/me`, 'two')
  clock.time += 999
  deepEqual(value(), ok('one'))
  clock.time += 1
  deepEqual(value(), ok('two'))
})

test('a replacement with the old time and size is seen', (t) => {
  const { home, clock, value } = watched(t)
  const time = new Date(1_700_000_000_000)
  utimesSync(`${home}/control/me`, time, time)
  deepEqual(value(), ok('one'))
  writeFileSync(`${home}/control/me.new`, 'two')
  utimesSync(`${home}/control/me.new`, time, time)
  renameSync(`${home}/control/me.new`, `${home}/control/me`)
  clock.time += 1000
  deepEqual(value(), ok('two'))
})

test('a file that was made or removed is seen, also one that was absent', (t) => {
  const { home, clock, counted, value } = watched(t)
  value()
  writeFileSync(`${home}/control/other`, 'x')
  clock.time += 1000
  value()
  equal(counted.reads, 2)
  rmSync(`${home}/control/me`)
  clock.time += 1000
  deepEqual(value(), ok(undefined))
})

test('a file that changed a moment ago is read again, because it may change without a new time', (t) => {
  const { clock, counted, value } = watched(t)
  clock.time = Date.now()
  value()
  clock.time += 1000
  value()
  equal(counted.reads, 2)
})

test('after a failure the file is tried again a second later', (t) => {
  const { home, clock, value } = watched(t)
  deepEqual(value(), ok('one'))
  rmSync(`${home}/control/me`)
  mkdirSync(`${home}/control/me`)
  clock.time += 1000
  equal(value().ok, false)
  rmSync(`${home}/control/me`, { recursive: true })
  writeFileSync(`${home}/control/me`, 'back')
  clock.time += 1000
  deepEqual(value(), ok('back'))
})

test('a clock that was set back does not freeze the value', (t) => {
  const { home, clock, value } = watched(t)
  value()
  writeFileSync(`${home}/control/me`, 'two')
  clock.time -= 3_600_000
  deepEqual(value(), ok('two'))
})
