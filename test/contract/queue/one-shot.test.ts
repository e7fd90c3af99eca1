/** qmail-queue(8) by descriptors 0 and 1: cases A of the contract, and what happens on a disk that fails. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { byteString, bytesOf } from '../../../lib/bytes/bytes.ts'
import { program } from '../../helpers/program.ts'
import { makeQueue } from '../../helpers/queue.ts'

let home: string
before(() => {
  home = mkdtempSync(`${tmpdir()}/jsmail-queue-`)
  makeQueue(home)
})
after(() => rmSync(home, { recursive: true }))

interface Ran {
  readonly code: number | null
  readonly said: string
}

/** Both descriptors are files: pipes are what the Submission contract uses. */
function queue(message: string, envelope: string, wrapper: readonly string[] = []): Ran {
  writeFileSync(`${home}/message`, bytesOf(message))
  writeFileSync(`${home}/envelope`, bytesOf(envelope))
  const [command = '', ...args] = [...wrapper, program('queue')]
  const script = `exec 1<"$0"; exec "$@"`
  const { status, stderr } = spawnSync('/bin/sh', ['-c', script, `${home}/envelope`, command, ...args], {
    input: readFileSync(`${home}/message`),
    // One thread makes all the fsyncs: strace counts the calls of each thread apart.
    env: { ...process.env, JSMAIL_HOME: home, UV_THREADPOOL_SIZE: '1' },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  return { code: status, said: String(stderr) }
}

function files(): string[] {
  return ['pid', 'intd', 'todo', 'mess']
    .flatMap((directory) =>
      readdirSync(`${home}/queue/${directory}`, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(() => directory),
    )
    .sort()
}

function cleared(act: () => void): void {
  assert.deepEqual(files(), [], 'every case begins with an empty queue')
  try {
    act()
  } finally {
    for (const directory of ['intd', 'todo', 'mess'])
      rmSync(`${home}/queue/${directory}`, { recursive: true })
    makeQueue(home)
  }
}

function check(envelope: string, code: number, left: readonly string[], message = 'm\n'): void {
  cleared(() => {
    const ran = queue(message, envelope)
    assert.equal(ran.code, code)
    assert.equal(ran.said, '')
    assert.deepEqual(files(), left)
  })
}

const queued = ['intd', 'mess', 'todo']
const litter = ['intd', 'mess']

describe('qmail-queue by descriptors', () => {
  test('A2: no recipients is legal', () => check('Fa@b\0\0', 0, queued))
  test('A4: an unknown record letter is 91 and leaves mess and intd', () =>
    check('Fa@b\0Xjoe@x\0\0', 91, litter))
  test('A5: u and p are not for callers', () => check('uhello\0Fa@b\0Tx@y\0\0', 91, litter))
  test('A6: an envelope without its end is 54 and leaves nothing', () => {
    check('Fa@b\0Tjoe@x\0', 54, [])
    check('Fa@b', 54, [])
    check('', 54, [])
  })
  test('A8, A9: 1002 bytes are an address, 1003 are 11 and leave mess and intd', () => {
    const most = 'x'.repeat(1002)
    check(`F${most}\0T${most}\0\0`, 0, queued)
    check(`F${most}x\0T\0\0`, 11, litter)
    check(`F\0T${most}x\0\0`, 11, litter)
  })
  test('A10: what follows the end of the envelope leaves no trace', () => {
    cleared(() => {
      assert.equal(queue('m\n', 'Fa@b\0Tj@x\0\0ZZZ').code, 0)
      const [number = ''] = readdirSync(`${home}/queue/todo`)
      assert.ok(!byteString(readFileSync(`${home}/queue/todo/${number}`)).includes('Z'))
    })
  })
  test('A12: a FIFO without a reader, and a missing one, delay nothing', () => {
    spawnSync('mkfifo', [`${home}/queue/lock/trigger`])
    check('Fa@b\0\0', 0, queued)
    rmSync(`${home}/queue/lock/trigger`)
    check('Fa@b\0\0', 0, queued)
  })
  test('an unwritable mess directory is 64 and a missing queue 62', () => {
    cleared(() => {
      for (let split = 0; split < 23; split++) rmSync(`${home}/queue/mess/${split}`, { recursive: true })
      assert.equal(queue('m\n', 'Fa@b\0\0').code, 64)
      // 64 keeps the file in pid/, which qmail-clean sweeps.
      assert.deepEqual(files(), ['pid'])
      for (const name of readdirSync(`${home}/queue/pid`)) rmSync(`${home}/queue/pid/${name}`)
    })
  })
})

const strace = existsSync('/usr/bin/strace') ? false : 'strace is not installed'
const traced = (...rules: string[]): readonly string[] => [
  'strace',
  '-f',
  '-qq',
  '-o',
  `${home}/trace`,
  ...rules,
]

describe('qmail-queue and the disk', () => {
  test('A14: the system calls come in the order that crash safety needs', { skip: strace }, () => {
    cleared(() => {
      const calls = 'openat,open,link,linkat,unlink,unlinkat,fsync,write,pwrite64'
      spawnSync('mkfifo', [`${home}/queue/lock/trigger`])
      const ran = queue('Subject: t\n\nbody\n', 'Fa@b\0Tj@x\0\0', [...traced('-y', '-e', `trace=${calls}`)])
      assert.equal(ran.code, 0)
      const trace = readFileSync(`${home}/trace`, 'latin1')
      const steps = [
        /open\w*\(.*"\.\/pid\/[^"]*", O_WRONLY\|O_CREAT\|O_EXCL/,
        /link\w*\(.*"\.\/pid\/.*"\.\/mess\//,
        /unlink\w*\(.*"\.\/pid\//,
        /write\w*\(\d+<[^>]*\/pid\/.*Received/,
        /fsync\(\d+<[^>]*\/pid\//,
        /open\w*\(.*"\.\/intd\/[^"]*", O_WRONLY\|O_CREAT\|O_EXCL/,
        /write\w*\(\d+<[^>]*\/intd\//,
        /fsync\(\d+<[^>]*\/intd\//,
        /link\w*\(.*"\.\/intd\/.*"\.\/todo\//,
        /fsync\(\d+<[^>]*\/todo>/,
        /open\w*\(.*"lock\/trigger", O_WRONLY\|O_NONBLOCK/,
      ]
      let at = 0
      for (const step of steps) {
        const found = trace.slice(at).search(step)
        assert.notEqual(found, -1, `${step} after ${trace.slice(Math.max(0, at - 200), at)}`)
        at += found + 1
      }
      rmSync(`${home}/queue/lock/trigger`)
    })
  })

  const faults: readonly (readonly [inject: string, code: number])[] = [
    ['fsync:error=EIO:when=1', 53],
    ['fsync:error=EIO:when=2', 53],
    ['fsync:error=EIO:when=3', 66],
    ['link:error=ENOSPC:when=2', 66],
  ]
  for (const [inject, code] of faults) {
    test(`${inject} is ${code} and nothing is queued`, { skip: strace }, () => {
      const [call] = inject.split(':')
      const ran = queue('m\n', 'Fa@b\0Tj@x\0\0', traced('-e', `trace=${call}`, '-e', `inject=${inject}`))
      assert.equal(ran.code, code)
      assert.deepEqual(readdirSync(`${home}/queue/todo`), [])
      for (const directory of ['intd', 'mess']) rmSync(`${home}/queue/${directory}`, { recursive: true })
      makeQueue(home)
    })
  }

  const root = process.getuid?.() === 0 ? false : 'needs root to mount'
  test('a full disk is 53 and leaves nothing', { skip: root }, () => {
    const full = mkdtempSync(`${tmpdir()}/jsmail-full-`)
    assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', full]).status, 0)
    try {
      const before = home
      home = full
      makeQueue(full)
      writeFileSync(`${full}/message`, '')
      const script = 'exec 1<"$0"; exec "$1"'
      writeFileSync(`${before}/envelope`, 'Fa@b\0Tj@x\0\0')
      const { status } = spawnSync('/bin/sh', ['-c', script, `${before}/envelope`, program('queue')], {
        input: Buffer.alloc(2_000_000, 'x'),
        env: { ...process.env, JSMAIL_HOME: full },
      })
      home = before
      assert.equal(status, 53)
      const left = readdirSync(`${full}/queue`, { recursive: true, withFileTypes: true }).filter((one) =>
        one.isFile(),
      )
      assert.deepEqual(left, [])
    } finally {
      spawnSync('umount', [full])
      rmSync(full, { recursive: true, force: true })
    }
  })

  test(
    'a user who may not write and finds no socket gets 62 and a line that names it',
    { skip: root },
    () => {
      chmodSync(home, 0o755)
      const as = ['setpriv', '--reuid=54321', '--regid=54321', '--clear-groups']
      const ran = queue('m\n', 'Fa@b\0\0', as)
      assert.equal(ran.code, 62)
      assert.match(ran.said, /^qmail-queue: nobody listens on submit\/queue in the home/)
    },
  )
})
