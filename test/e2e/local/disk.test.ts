/** local on disks in trouble: full, failing, too small a limit. Nothing is damaged, and success is never said. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { delivered, type Ended, Home, later, message } from '../../helpers/delivery.ts'

const big = 'Subject: big\n\n'.padEnd(200_000, 'line\n')
const oldMail = 'From x y\n\nold\n\n'

/** Why it cannot be tried here, or false. */
function missing(...command: readonly [string, ...string[]]): string | false {
  const [program, ...args] = command
  return spawnSync(program, args).status === 0 ? false : `${command.join(' ')} does not work here`
}

const noNamespace = missing('unshare', '-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt')
const noStrace = missing('strace', '-qq', '-o', '/dev/null', 'true')

/** Runs the delivery with a disk of 64 KiB at ./disk, and says what is on it afterwards. */
const onSmallDisk = [
  'unshare',
  '-rm',
  '/bin/sh',
  '-c',
  [
    'cd "$DISK" && mount -t tmpfs -o size=64k none . && cd "$DISK" || exit 77',
    `mkdir -p Maildir/tmp Maildir/new; printf '${oldMail.replaceAll('\n', '\\n')}' > Mailbox`,
    '"$@"',
    'code=$?; find . -type f; cat Mailbox; exit $code',
  ].join('\n'),
  'sh',
] as const

async function deliverToSmallDisk(home: Home, line: string, message: string): Promise<Ended> {
  home.write('.qmail', `${line}\n`)
  home.makeMaildir('disk')
  const env = { DISK: join(home.path, 'disk') }
  return home.deliver({ message, env, through: onSmallDisk })
}

test('a full disk leaves a Maildir empty', { skip: noNamespace }, async (t) => {
  const ended = await deliverToSmallDisk(new Home(t), './disk/Maildir/', big)
  assert.deepEqual(ended, later('Temporary error on maildir delivery. (#4.3.0)', `./Mailbox\n${oldMail}`))
})

test('a full disk leaves an mbox as it was', { skip: noNamespace }, async (t) => {
  const ended = await deliverToSmallDisk(new Home(t), './disk/Mailbox', big)
  assert.deepEqual(
    ended,
    later('Unable to write ./disk/Mailbox: out of disk space. (#4.3.0)', `./Mailbox\n${oldMail}`),
  )
})

test('what fits on a small disk is delivered', { skip: noNamespace }, async (t) => {
  const ended = await deliverToSmallDisk(new Home(t), './disk/Mailbox', 'Subject: small\n\n')
  assert.equal(ended.code, 0)
  assert.ok(ended.stdout.endsWith('Subject: small\n\n\n'))
})

test('a limit on the size of files leaves an mbox as it was', async (t) => {
  const home = new Home(t)
  home.write('Mailbox', oldMail)
  const through = ['/bin/sh', '-c', 'ulimit -f 100; exec "$@"', 'sh'] as const
  assert.deepEqual(
    await home.deliver({ message: big, through }),
    later('Unable to write ./Mailbox: file too big. (#4.3.0)'),
  )
  assert.equal(home.read('Mailbox'), oldMail)
})

/** Lets the nth call of these fail. strace counts for each thread: there is one for all the fsyncs. */
function failing(calls: string, error: string, nth: number) {
  const inject = `inject=${calls}:error=${error}:when=${nth}`
  return [
    'env',
    'UV_THREADPOOL_SIZE=1',
    'strace',
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-e',
    `trace=${calls}`,
    '-e',
    inject,
  ] as const
}

test('a Maildir whose file or directory cannot be synced gets nothing', { skip: noStrace }, async (t) => {
  const home = new Home(t)
  home.makeMaildir('Maildir')
  home.write('.qmail', './Maildir/\n')
  for (const through of [
    failing('fsync', 'EIO', 1),
    failing('fsync', 'EIO', 2),
    failing('?link,linkat', 'EDQUOT', 1),
  ]) {
    assert.deepEqual(
      await home.deliver({ through }),
      later('Temporary error on maildir delivery. (#4.3.0)'),
      through.join(' '),
    )
    for (const part of ['tmp', 'new']) assert.deepEqual(readdirSync(join(home.path, 'Maildir', part)), [])
  }
})

test('an mbox that cannot be synced is as it was', { skip: noStrace }, async (t) => {
  const home = new Home(t)
  home.write('Mailbox', oldMail)
  const cannot = later('Unable to write ./Mailbox: input/output error. (#4.3.0)')
  assert.deepEqual(await home.deliver({ through: failing('fsync', 'EIO', 1) }), cannot)
  assert.equal(home.read('Mailbox'), oldMail)
})

test('a new mbox is a success only when its directory is synced, too', { skip: noStrace }, async (t) => {
  const home = new Home(t)
  const cannot = later('Unable to write ./Mailbox: input/output error. (#4.3.0)')
  assert.deepEqual(await home.deliver({ through: failing('fsync', 'EIO', 2) }), cannot)
  assert.equal(home.read('Mailbox'), '')
})

test('an mbox that cannot be locked is written all the same', { skip: noStrace }, async (t) => {
  const home = new Home(t)
  assert.deepEqual(await home.deliver({ through: failing('flock', 'ENOLCK', 1) }), delivered('did 1+0+0\n'))
  assert.ok(home.read('Mailbox').endsWith('last\n\n'))
})

test('the order of operations on a Maildir', { skip: noStrace }, async (t) => {
  const home = new Home(t)
  home.makeMaildir('Maildir')
  home.write('.qmail', './Maildir/\n')
  const log = join(home.path, 'log')
  const calls = 'trace=openat,write,fsync,?link,linkat,?unlink,unlinkat'
  const through = ['strace', '-f', '-y', '-qq', '-o', log, '-e', calls, '-e', 'signal=none'] as const
  assert.deepEqual(await home.deliver({ through }), delivered('did 1+0+0\n'))
  assert.deepEqual(operations(readFileSync(log, 'latin1')), [
    'open tmp',
    'write tmp',
    'fsync tmp',
    'link tmp',
    'open new',
    'fsync new',
    'unlink tmp',
    'write report',
  ])
})

test(
  'killed at any of its steps, local leaves only whole messages in new/',
  { skip: noStrace },
  async (t) => {
    const whole = `Return-Path: <s@d.example>\nDelivered-To: joe@h.e.example\n${message}`
    const steps = ['fsync:when=1', '?link,linkat:when=1', 'fsync:when=2', '?unlink,unlinkat:when=1']
    for (const step of steps) {
      const home = new Home(t)
      home.makeMaildir('Maildir')
      home.write('.qmail', './Maildir/\n')
      const [calls = '', when = ''] = step.split(':')
      const inject = `inject=${calls}:signal=KILL:${when}`
      const strace = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', inject] as const
      const ended = await home.deliver({ through: ['env', 'UV_THREADPOOL_SIZE=1', ...strace] })
      assert.equal(ended.stdout, '', step)
      assert.notEqual(ended.code, 0, step)
      for (const name of readdirSync(join(home.path, 'Maildir/new'))) {
        assert.equal(home.read(`Maildir/new/${name}`), whole, step)
      }
    }
  },
)

/** What was done in the Maildir, and when it was told; the same thing twice in a row counts once. */
function operations(log: string): readonly string[] {
  const found = log.split('\n').flatMap((line) => {
    const [, call = ''] = /^\d+ +(\w+?)(?:at)?\(/.exec(line) ?? []
    if (call === '') return []
    const [, part] = /\/Maildir\/+(tmp|new)/.exec(line) ?? []
    if (part !== undefined) return [`${call} ${part}`]
    return line.includes('"did ') ? [`${call} report`] : []
  })
  return found.filter((one, index) => one !== found[index - 1])
}
