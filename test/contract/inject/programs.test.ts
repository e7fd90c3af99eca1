/** inject and sendmail as they are started, in front of a queue program that keeps what it gets. Cases K of the contract. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { after, test } from 'node:test'
import { captureQueue, type CaptureOptions } from '../../helpers/capture-queue.ts'
import { program } from '../../helpers/program.ts'

const home = mkdtempSync(`${tmpdir()}/inject-`)
after(() => rmSync(home, { recursive: true }))
mkdirSync(`${home}/control`)
mkdirSync(`${home}/bin`)
writeFileSync(`${home}/control/me`, 'mx.example.org\n')
homeProgram('qmail-inject', `exec '${program('inject')}' "$@"`)

/** A program in the home's bin, as a script. */
function homeProgram(name: string, script: string): void {
  writeFileSync(`${home}/bin/${name}`, `#!/bin/sh\n${script}\n`)
  chmodSync(`${home}/bin/${name}`, 0o755)
}

interface Call {
  readonly name?: string
  readonly args?: readonly (string | Buffer)[]
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly queue?: CaptureOptions
}

interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Without Date and Message-ID; empty when nothing was queued. */
  readonly message: string
  readonly envelope: string
}

function call({ name = 'inject', args = [], env = {}, input = '\n', queue }: Call): Outcome {
  using capture = captureQueue(queue)
  const { status, stdout, stderr } = spawnSync(program(name), args.map(String), {
    input: Buffer.from(input, 'latin1'),
    env: { PATH: process.env['PATH'], JSMAIL_HOME: home, USER: 'joe', ...capture.env, ...env },
    encoding: 'latin1',
    cwd: '/',
  })
  const kept = capture.captures()[0]
  return {
    code: status,
    stdout,
    stderr,
    message: (kept?.message?.toString('latin1') ?? '').replace(/^(Date|Message-ID): .*\n/gm, ''),
    envelope: (kept?.envelope?.toString('latin1') ?? '').replaceAll('\0', '|'),
  }
}

const from = 'From: joe@mx.example.org\n'

test('a message is queued with what it lacked, and nothing is said', () => {
  deepEqual(call({ input: 'To: bob\nSubject: \xe9\n\nbody\0\r\xff' }), {
    code: 0,
    stdout: '',
    stderr: '',
    message: `${from}To: bob@mx.example.org\nSubject: \xe9\n\nbody\0\r\xff\n`,
    envelope: 'Fjoe@mx.example.org|Tbob@mx.example.org||',
  })
})

test('Date and Message-ID are made of the time and the process', () => {
  using capture = captureQueue()
  const child = spawnSync(program('inject'), {
    input: '\n',
    env: { ...process.env, ...capture.env, JSMAIL_HOME: home },
  })
  equal(child.status, 0)
  const message = capture.only().message?.toString() ?? ''
  match(
    message,
    /^Date: \d{1,2} [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d -0000\nMessage-ID: <20\d{12}\.\d+\.qmail@mx\.example\.org>\n/,
  )
  equal(Number(/\.(\d+)\.qmail/.exec(message)?.[1]), child.pid)
})

test('-n shows the message, its Return-Path first, and queues nothing', () => {
  const { code, stdout, envelope } = call({ args: ['-n', '-f', '<>'], input: 'To: a@b.c\n\nbody' })
  equal(code, 0)
  match(
    stdout,
    /^Return-Path: <"<>"@mx.example.org>\nDate: .*\nMessage-ID: .*\nFrom: joe@mx.example.org\nTo: a@b.c\n\nbody\n$/,
  )
  equal(envelope, '')
})

test('K6: nobody is an envelope without recipients', () => {
  equal(call({}).envelope, 'Fjoe@mx.example.org||')
})

test('K26: bytes of an argument reach the envelope as they were', () => {
  using capture = captureQueue()
  const script = 'exec "$1" "$(printf \'caf\\351@h.h\')" "a b@c"'
  const { status } = spawnSync('/bin/sh', ['-c', script, 'sh', program('inject')], {
    input: '\n',
    env: { PATH: process.env['PATH'], JSMAIL_HOME: home, USER: 'joe', ...capture.env },
  })
  equal(status, 0)
  equal(
    capture.only().envelope?.toString('latin1'),
    'Fjoe@mx.example.org\0Tcaf\xe9@h.h\0Ta b@c.mx.example.org\0\0',
  )
})

test('K27: an unknown option', () => {
  const { code, stderr } = call({ args: ['-z'] })
  deepEqual([code, stderr], [100, 'qmail-inject: illegal option -- z\n'])
})

test('K28: what the queue program says decides the exit code', () => {
  const missing = call({ env: { QMAILQUEUE: '/nonexistent' } })
  deepEqual([missing.code, missing.stderr], [111, 'qmail-inject: fatal: unable to exec qq (#4.3.0)\n'])
  const refused = call({ queue: { exit: 31 } })
  deepEqual(
    [refused.code, refused.stderr],
    [100, 'qmail-inject: fatal: mail server permanently rejected message (#5.3.0)\n'],
  )
  const custom = call({ queue: { exit: 82, text6: 'Zgreylisted' } })
  deepEqual([custom.code, custom.stderr], [111, 'qmail-inject: fatal: greylisted\n'])
})

test('a line that cannot be parsed is shown', () => {
  const { code, stderr, envelope } = call({ input: 'From: <a\nTo: b\n\n' })
  deepEqual(
    [code, stderr, envelope],
    [100, 'qmail-inject: fatal: unable to parse this line:\nFrom: <a\n', ''],
  )
})

test('an unreadable control file is trouble for now', () => {
  const broken = mkdtempSync(`${tmpdir()}/inject-`)
  mkdirSync(`${broken}/control/me`, { recursive: true })
  const { code, stderr } = call({ env: { JSMAIL_HOME: broken } })
  rmSync(broken, { recursive: true })
  deepEqual([code, stderr], [111, 'qmail-inject: fatal: unable to read controls\n'])
})

test('QMAILMFTFILE is a list of addresses', () => {
  const path = `${home}/lists`
  writeFileSync(path, '# mine\nList@L.L\n')
  const { message } = call({ env: { QMAILMFTFILE: path }, input: 'To: list@l.l\n' })
  equal(message, `${from}Mail-Followup-To: list@l.l\nTo: list@l.l\n`)
})

test('a large message streams through', async () => {
  using capture = captureQueue({ read: 'none' })
  // A queue program that only counts, so that the test does not fill the disk.
  const counter = `${home}/counter`
  writeFileSync(counter, `#!/bin/sh\nwc -c > ${home}/count\ncat <&1 > /dev/null\n`)
  chmodSync(counter, 0o755)
  const env = {
    PATH: process.env['PATH'],
    JSMAIL_HOME: home,
    USER: 'joe',
    ...capture.env,
    QMAILQUEUE: counter,
  }
  const child = spawn('/bin/sh', ['-c', 'head -c 100000000 /dev/zero | "$0" a@b.c', program('inject')], {
    env,
    stdio: 'ignore',
  })
  const [code] = (await once(child, 'exit')) as [number]
  equal(code, 0)
  const counted = spawnSync('cat', [`${home}/count`], { encoding: 'utf8' }).stdout
  equal(Number(counted) > 100_000_000 && Number(counted) < 100_000_500, true)
})

test('K30: sendmail -f and -F', () => {
  const { code, message, envelope } = call({
    name: 'sendmail',
    args: ['-fu@v.w', '-FJoe Blow', 'a@b.c'],
    input: 'To: x@y.z\n\n',
  })
  equal(code, 0)
  equal(message, 'From: u@v.w\nTo: x@y.z\n\n')
  equal(envelope, 'Fu@v.w|Ta@b.c||')
})

test('sendmail -t takes the header, and the arguments first', () => {
  const { envelope } = call({
    name: 'sendmail',
    args: ['-t', '-i', 'a@b.c'],
    input: 'To: x@y.z\nBcc: q@q.q\n\n.\nmore\n',
  })
  equal(envelope, 'Fjoe@mx.example.org|Ta@b.c|Tx@y.z|Tq@q.q||')
})

test('sendmail passes the exit code on', () => {
  const { code, stderr } = call({ name: 'sendmail', args: ['a@b.c'], queue: { exit: 31 } })
  deepEqual([code, stderr], [100, 'qmail-inject: fatal: mail server permanently rejected message (#5.3.0)\n'])
})

test('K32: a mode that sendmail has not', () => {
  const { code, stderr } = call({ name: 'sendmail', args: ['-bx'] })
  equal(code, 100)
  equal(stderr.startsWith('sendmail: usage: sendmail [ -t ]'), true)
})

test('K31: sendmail -bs starts smtpd on the same descriptors, as a client of this host', () => {
  homeProgram('qmail-smtpd', 'read line\necho "$line $PROTO $TCPREMOTEINFO $(pwd) $#"\nexit 7')
  const { code, stdout } = call({ name: 'sendmail', args: ['-bs'], input: 'QUIT\r\n' })
  deepEqual([code, stdout], [7, `QUIT\r TCP sendmail-bs ${home} 0\n`])
})

test('sendmail -bp lists the queue by qread where it is, else by jsmail', () => {
  homeProgram('jsmail', 'echo "jsmail $*"')
  equal(call({ name: 'sendmail', args: ['-bp'] }).stdout, 'jsmail queue\n')
  homeProgram('qmail-qread', 'echo "qread $*"')
  equal(call({ name: 'sendmail', args: ['-bp'] }).stdout, 'qread \n')
})

test('sendmail without a program to run says so', () => {
  const { code, stderr } = call({ name: 'sendmail', args: ['-bs'], env: { JSMAIL_HOME: '/nonexistent' } })
  deepEqual([code, stderr], [111, 'sendmail: fatal: unable to run qmail-smtpd\n'])
})
