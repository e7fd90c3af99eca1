/**
 * Dropped into a running qmail: each program of ours in place of its original, one at a time, in pairs and all together, while everything else
 * is the original. Local mail, a forward, a program, a remote delivery and a bounce must go their way, and the queue must be empty
 * in the end. Needs root and QMAIL_HOME, the home of a real qmail that exists for tests: its queue, alias and control are used.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chownSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { ensureBuilt } from '../../../scripts/built.ts'
import { checkoutSuite } from '../../../scripts/home/suite.ts'
import { startFarEnd } from '../../helpers/far-end.ts'

const qmail = process.env['QMAIL_HOME'] ?? ''
const skip =
  qmail === '' ? 'QMAIL_HOME is not set' : process.getuid?.() === 0 ? false : 'needs root, to start a qmail'

const original = `${qmail}/bin.original`
const host = 'mx.example.org'
const path = { PATH: `${qmail}/bin:/usr/bin:/bin` }

before(() => {
  if (skip !== false) return
  ensureBuilt()
  cpSync(`${qmail}/bin`, original, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  for (const name of readdirSync(`${qmail}/bin`)) keepOwner(`${qmail}/bin/${name}`, `${original}/${name}`)
  writeControl({ me: host, locals: host, rcpthosts: host })
  const { uid, gid } = statSync(`${qmail}/alias`)
  for (const name of ['', '/tmp', '/new', '/cur']) {
    mkdirSync(`${qmail}/alias/Maildir${name}`, { recursive: true })
    chownSync(`${qmail}/alias/Maildir${name}`, uid, gid)
  }
  const files = { test: './Maildir/', fwd: `&test@${host}`, prog: '|cat > /dev/null; echo seen' }
  for (const [name, line] of Object.entries(files))
    writeFileSync(`${qmail}/alias/.qmail-${name}`, `${line}\n`)
})

after(() => {
  if (skip !== false) return
  rmSync(`${qmail}/bin`, { recursive: true })
  renameSync(original, `${qmail}/bin`)
})

/** A copy has neither the owner nor the setuid bit of qmail-queue. */
function keepOwner(from: string, to: string): void {
  const { uid, gid, mode } = statSync(from)
  chownSync(to, uid, gid)
  spawnSync('chmod', [(mode & 0o7777).toString(8), to])
}

function writeControl(files: Readonly<Record<string, string>>): void {
  for (const [name, line] of Object.entries(files)) writeFileSync(`${qmail}/control/${name}`, `${line}\n`)
}

/** Ours under the original's name; the others are put back. */
function dropIn(programs: readonly string[]): void {
  for (const name of readdirSync(original)) {
    rmSync(`${qmail}/bin/${name}`, { force: true })
    cpSync(`${original}/${name}`, `${qmail}/bin/${name}`)
    keepOwner(`${original}/${name}`, `${qmail}/bin/${name}`)
  }
  const { runtime, bundles } = checkoutSuite()
  for (const name of programs) {
    const command = `exec '${runtime}' --disable-warning=ExperimentalWarning '${bundles}/${name}.cjs' "$@"`
    rmSync(`${qmail}/bin/qmail-${name}`)
    writeFileSync(`${qmail}/bin/qmail-${name}`, `#!/bin/sh\nJSMAIL_HOME='${qmail}' ${command}\n`, {
      mode: 0o755,
    })
  }
}

function inject(subject: string, to: string): void {
  const { status, stderr } = spawnSync(`${qmail}/bin/qmail-inject`, ['-f', `test@${host}`, to], {
    input: `Subject: ${subject}\n\nhello\n`,
    env: { ...path, USER: 'test' },
  })
  assert.equal(status, 0, String(stderr))
}

const messagesLeft = (): number =>
  readdirSync(`${qmail}/queue/mess`, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    .length

/** Where queue is ours it is not setuid: its socket has to be there for those who may not write the queue. */
async function startResident(programs: readonly string[]): Promise<ChildProcess | undefined> {
  if (!programs.includes('queue')) return undefined
  const { uid, gid } = statSync(`${qmail}/queue/mess`)
  mkdirSync(`${qmail}/submit`, { recursive: true })
  chownSync(`${qmail}/submit`, uid, gid)
  const child = spawn(`${qmail}/bin/qmail-queue`, ['--serve'], {
    env: path,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await once(child.stderr, 'data')
  return child
}

async function goThrough(programs: readonly string[]): Promise<void> {
  dropIn(programs)
  const farEnd = await startFarEnd()
  writeControl({ smtproutes: `:127.0.0.1:${farEnd.port}` })
  rmSync(`${qmail}/alias/Maildir/new`, { recursive: true })
  const { uid, gid } = statSync(`${qmail}/alias/Maildir`)
  mkdirSync(`${qmail}/alias/Maildir/new`)
  chownSync(`${qmail}/alias/Maildir/new`, uid, gid)
  const resident = await startResident(programs)
  const start = spawn(`${qmail}/bin/qmail-start`, ['./Maildir/'], {
    env: path,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  for (const stream of [start.stdout, start.stderr]) {
    createInterface({ input: stream }).on('line', (line) => lines.push(line))
  }
  try {
    await until(() => lines.some((line) => line.startsWith('status: ')), 'the first line of send', lines)
    for (const [subject, to] of [
      ['local', `test@${host}`],
      ['forwarded', `fwd@${host}`],
      ['program', `prog@${host}`],
      ['remote', 'x@remote.example'],
      ['bounced', `nosuch@${host}`],
    ] as const) {
      inject(subject, to)
    }
    const endings = (): number => lines.filter((line) => line.startsWith('end msg ')).length
    // Five, and one more each for the forward and the bounce.
    await until(() => endings() === 7 && messagesLeft() === 0, 'seven messages to end', lines)
    const mail = readdirSync(`${qmail}/alias/Maildir/new`).map((name) =>
      readFileSync(`${qmail}/alias/Maildir/new/${name}`, 'latin1'),
    )
    const subjects = mail.map((text) => /^Subject: (.*)$/m.exec(text)?.[1]).sort()
    assert.deepEqual(subjects, ['failure notice', 'forwarded', 'local'])
    assert.ok(lines.some((line) => / success: .*seen\/did_0\+0\+1\/$/.test(line)))
    assert.ok(lines.some((line) => / success: 127\.0\.0\.1_accepted_message\./.test(line)))
    start.kill('SIGTERM')
    const [code] = await once(start, 'exit')
    assert.equal(code, 0)
    assert.ok(lines.includes('status: exiting'))
  } finally {
    start.kill('SIGTERM')
    resident?.kill('SIGTERM')
    await farEnd.close()
  }
}

async function until(condition: () => boolean, what: string, lines: readonly string[]): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!condition()) {
    assert.ok(Date.now() < deadline, `in vain waited for ${what}; the log:\n${lines.join('\n')}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const combinations: readonly (readonly string[])[] = [
  [],
  ...['queue', 'send', 'clean', 'start', 'lspawn', 'rspawn', 'local', 'remote', 'inject'].map((name) => [
    name,
  ]),
  ['send', 'clean'],
  ['lspawn', 'rspawn'],
  ['lspawn', 'local', 'rspawn', 'remote'],
  ['queue', 'send', 'clean', 'start', 'lspawn', 'rspawn', 'local', 'remote', 'inject'],
]

for (const programs of combinations) {
  const title = programs.length === 0 ? 'nothing' : programs.join(', ')
  test(`ours in a running qmail: ${title}`, { skip, timeout: 60_000 }, () => goThrough(programs))
}
