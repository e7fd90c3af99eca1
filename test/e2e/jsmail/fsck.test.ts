/**
 * `jsmail fsck` with the real programs: a queue out of a backup, damaged on top of that, is mended, and the suite delivers what could be
 * delivered. Beside a busy suite fsck sees nothing wrong, and mends nothing.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { test } from 'node:test'
import { tryLock } from '../../../lib/os/os.ts'
import { channelPath, infoPath, messPath } from '../../../lib/queue/paths.ts'
import { Running } from '../../contract/start/running.ts'
import { enqueue } from '../../helpers/enqueue.ts'
import { makeTestHome, type TestHome } from '../../helpers/home.ts'
import { QueueFiles } from '../../helpers/queue-files.ts'

interface Said {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

function fsck({ home, bin }: TestHome, ...options: readonly string[]): Said {
  const { status, stdout, stderr } = spawnSync(bin('jsmail'), ['fsck', ...options], {
    env: { JSMAIL_HOME: home, PATH: process.env['PATH'] ?? '' },
    encoding: 'latin1',
  })
  return { status, out: stdout, err: stderr }
}

async function queue({ bin }: TestHome, ...subjects: readonly string[]): Promise<void> {
  for (const subject of subjects)
    assert.equal(
      await enqueue(bin('queue'), `Subject: ${subject}\n\nbody\n`, 'you@example.test', ['you@example.test']),
      0,
    )
}

const subjectsIn = (directory: string): readonly string[] =>
  readdirSync(directory)
    .map((file) => /^Subject: (.*)$/m.exec(readFileSync(`${directory}/${file}`, 'latin1'))?.[1] ?? '')
    .sort()

const numbersIn = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).flatMap(
    (path) => /^\d+\/(\d+)$/.exec(path)?.[1] ?? [],
  )

test('a queue out of a backup is mended, and what was deliverable is delivered', async (t) => {
  // Two messages were taken up, two wait.
  const home = makeTestHome(t, { concurrencylocal: '0\n' })
  const held = new Running(t, home)
  await held.says(/ready/)
  await queue(home, 'one', 'two', 'three')
  await held.says(/(^info msg [^]*){3}/m)
  held.signal('SIGTERM')
  assert.equal(await held.ended, 0)
  await queue(home, 'four', 'five')

  const path = `${home.home}/queue`
  execFileSync('cp', ['-a', path, `${path}.backup`])
  execFileSync('rm', ['-r', path])
  execFileSync('cp', ['-a', `${path}.backup`, path])
  const [one = '', two = '', three = ''] = numbersIn(`${path}/info`)
  // And worse: one message is not split, one lost its info, one its text; the trigger is gone; root has copied things about.
  for (const [from, to] of [
    [messPath(one), `mess/${one}`],
    [infoPath(one), `info/${one}`],
    [channelPath('local', one), `local/${one}`],
  ] as const)
    renameSync(`${path}/${from}`, `${path}/${to}`)
  unlinkSync(`${path}/${infoPath(two)}`)
  unlinkSync(`${path}/${messPath(three)}`)
  rmSync(`${path}/lock/trigger`)
  rmSync(`${path}/bounce`, { recursive: true })
  chmodSync(`${path}/todo`, 0o777)
  const lostSubject = ['one', 'two', 'three', 'four', 'five'].filter(
    (subject) =>
      !execFileSync('grep', ['-rh', '^Subject', `${path}/mess`], { encoding: 'latin1' }).includes(subject),
  )
  assert.equal(lostSubject.length, 1)

  const named = fsck(home)
  assert.equal(named.status, 1)
  for (const line of [
    `mess/${one}: belongs at ${messPath(one)}`,
    `${two}: local without info or todo`,
    `${three}: info, local without a text`,
    'lock/trigger: missing',
    'bounce: missing',
  ])
    assert.ok(named.out.includes(`${line}\n`), `${line}\n${named.out}`)
  assert.equal(named.out.match(/: its inode number is \d+$/gm)?.length, 4)
  const repaired = fsck(home, '--repair')
  assert.equal(repaired.status, 0, repaired.out)
  assert.deepEqual(fsck(home), { status: 0, out: 'The queue is as it has to be.\n', err: '' })

  home.control({ concurrencylocal: '10\n' })
  const start = new Running(t, home)
  await start.says(/(^end msg [^]*){4}/m)
  const expected = ['one', 'two', 'three', 'four', 'five'].filter((subject) => !lostSubject.includes(subject))
  assert.deepEqual(subjectsIn(`${home.maildir}/new`), expected.sort())
  start.signal('SIGTERM')
  assert.equal(await start.ended, 0)
  assert.deepEqual(numbersIn(`${path}/mess`), [])
  assert.equal(fsck(home).status, 0)
})

test('beside a busy suite fsck finds nothing, and does not mend', async (t) => {
  const home = makeTestHome(t)
  const start = new Running(t, home)
  await start.says(/ready/)
  const stop = new AbortController()
  const traffic = Promise.all(
    [1, 2, 3].map(async () => {
      let count = 0
      for (; !stop.signal.aborted; count++) await queue(home, 'traffic')
      return count
    }),
  )
  const looked: Said[] = []
  for (let count = 0; count < 5; count++) {
    const child = spawn(home.bin('jsmail'), ['fsck'], { stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.setEncoding('latin1').on('data', (text: string) => (out += text))
    const [status] = (await once(child, 'close')) as [number | null]
    looked.push({ status, out, err: '' })
  }
  stop.abort()
  assert.ok((await traffic).every((count) => count > 0))
  for (const { status, out } of looked)
    assert.deepEqual([status, out], [0, 'The queue is as it has to be.\n'])

  const files = new QueueFiles(home)
  files.write('bounce/77', 'x')
  const refusal = 'jsmail: send runs: stop it first, or look without --repair\n'
  assert.deepEqual(fsck(home, '--repair'), { status: 111, out: '', err: refusal })
  // Its mutex may even be gone.
  unlinkSync(files.path('lock/sendmutex'))
  assert.deepEqual(fsck(home, '--repair'), { status: 111, out: '', err: refusal })
  writeFileSync(files.path('lock/sendmutex'), '')
  start.signal('SIGTERM')
  assert.equal(await start.ended, 0)
  assert.equal(files.exists('bounce/77'), true)
})

test('while a resident queue runs nothing is mended', (t) => {
  const home = makeTestHome(t)
  const files = new QueueFiles(home)
  files.write('bounce/77', 'x')
  const lock = openSync(`${home.home}/submit/lock`, 'a')
  assert.ok(tryLock(lock))
  assert.deepEqual(fsck(home, '--repair'), {
    status: 111,
    out: '',
    err: 'jsmail: the resident queue runs: stop it first, or look without --repair\n',
  })
  assert.equal(files.exists('bounce/77'), true)
  closeSync(lock)
  assert.equal(fsck(home, '--repair').status, 0)
})
