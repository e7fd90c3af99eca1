/** The small programs of .qmail lines: forward, condredirect, bouncesaying, except, preline; and maildirmake. Numbers in titles are cases. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { byteString } from '../../../lib/bytes/bytes.ts'
import { captureQueue } from '../../helpers/capture-queue.ts'
import { bounced, delivered, Home, later, message } from '../../helpers/delivery.ts'
import { program } from '../../helpers/program.ts'

const [forward, condredirect, bouncesaying, except, preline] = [
  'forward',
  'condredirect',
  'bouncesaying',
  'except',
  'preline',
].map(program)

test('I30: preline gives a program the three lines and the message', async (t) => {
  const home = new Home(t)
  home.write('.qmail', `|${preline} cat\n`)
  const { code, stdout } = await home.deliver({ sender: 'a b"c@x y' })
  assert.equal(code, 0)
  const [from = '', ...rest] = stdout.split('\n')
  assert.match(from, /^From a-b"c@x-y \w{3} \w{3} \d\d \d\d:\d\d:\d\d \d{4}$/)
  const lines = ['Return-Path: <"a b\\"c"@x y>', 'Delivered-To: joe@h.e.example']
  assert.deepEqual(rest, [...lines, ...`${message}did 0+0+1`.split('\n'), ''])
})

test('preline leaves out what it is told to, and ends as its program ends', async (t) => {
  const home = new Home(t)
  const cases: [line: string, stdout: string, code: number][] = [
    ['-frd cat', message, 0],
    ['-fd head -1', 'Return-Path: <s@d.example>\n', 0],
    ['-frdD head -1', 'Delivered-To: joe@h.e.example\n', 0],
    ['-fr -- head -1', 'Delivered-To: joe@h.e.example\n', 0],
    ['sh -c "exit 100"', '', 100],
    ['sh -c "exit 7"', '', 111],
  ]
  for (const [line, stdout, code] of cases) {
    home.write('.qmail', `|${preline} ${line}\n`)
    const ended = await home.deliver()
    assert.deepEqual(ended, { code, stdout: code === 0 ? `${stdout}did 0+0+1\n` : stdout, stderr: '' }, line)
  }
})

test('a program that does not read a long message is no failure of preline', async (t) => {
  const home = new Home(t)
  home.write('.qmail', `|${preline} true\n`)
  const long = 'Subject: long\n\n'.padEnd(3_000_000, 'line\n')
  assert.deepEqual(await home.deliver({ message: long }), delivered('did 0+0+1\n'))
})

test('preline without its variables, without a program, or with one that is not there', async (t) => {
  const home = new Home(t)
  const usage = 'preline: usage: preline cmd [ arg ... ]'
  const set = { UFLINE: 'u\n', RPLINE: 'r\n', DTLINE: 'd\n' }
  assert.deepEqual(
    await home.run([preline!, 'cat'], { env: { UFLINE: 'u\n', RPLINE: 'r\n' } }),
    bounced(usage),
  )
  assert.deepEqual(await home.run([preline!, '-f'], { env: set }), bounced(usage))
  assert.deepEqual(
    await home.run([preline!, '-z', 'cat'], { env: set }),
    bounced(`preline: illegal option -- z\n${usage}`),
  )
  assert.deepEqual(
    await home.run([preline!, '/no/such'], { env: set }),
    bounced('preline: fatal: unable to run /no/such: file does not exist'),
  )
  const killed = await home.run([preline!, 'sh', '-c', 'kill -KILL $$'], { env: set })
  assert.deepEqual(killed, later('preline: fatal: child crashed'))
})

test('I32: forward sends with the sender of forwards', async (t) => {
  const home = new Home(t)
  using queue = captureQueue()
  home.write('.qmail-l', `|${forward} a@b "c d@e"\n`)
  home.write('.qmail-l-owner', '')
  const ended = await home.deliver({ dash: '-', ext: 'l', env: queue.env })
  assert.match(ended.stderr, /^forward: qp \d+\n$/)
  assert.deepEqual({ ...ended, stderr: '' }, delivered('did 0+0+1\n'))
  const { message: queued, envelope } = queue.only()
  assert.equal(byteString(queued!), `Delivered-To: joe-l@h.e.example\n${message}`)
  assert.equal(byteString(envelope!), 'Fjoe-l-owner@h.e.example\0Ta@b\0Tc d@e\0\0')
})

test('forward says what the queue said', async (t) => {
  const home = new Home(t)
  home.write('.qmail', `|${forward} a@b\n`)
  using refusing = captureQueue({ exit: 31 })
  assert.deepEqual(
    await home.deliver({ env: refusing.env }),
    bounced('forward: fatal: mail server permanently rejected message (#5.3.0)'),
  )
  using full = captureQueue({ exit: 53 })
  assert.deepEqual(
    await home.deliver({ env: full.env }),
    later('forward: fatal: qq write error or disk full (#4.3.0)'),
  )
})

test('forward outside of a .qmail file is refused', async (t) => {
  const home = new Home(t)
  using queue = captureQueue()
  const run = (env: Record<string, string>): ReturnType<Home['run']> =>
    home.run([forward!, 'a@b'], { env: { ...queue.env, ...env } })
  assert.deepEqual(await run({ DTLINE: 'd\n' }), bounced('forward: fatal: NEWSENDER not set'))
  assert.deepEqual(await run({ NEWSENDER: 's' }), bounced('forward: fatal: DTLINE not set'))
  assert.deepEqual(queue.captures(), [])
})

test('I33: condredirect keeps the sender and ends the .qmail file', async (t) => {
  const home = new Home(t)
  using queue = captureQueue()
  home.write('.qmail', `|${condredirect} new@x sh -c 'cat > seen'\n|echo next\n`)
  home.write('.qmail-owner', '')
  const ended = await home.deliver({ env: queue.env })
  assert.match(ended.stderr, /^condredirect: qp \d+\n$/)
  assert.deepEqual({ ...ended, stderr: '' }, delivered('did 0+0+1\n'))
  assert.equal(home.read('seen'), message)
  const { message: queued, envelope } = queue.only()
  assert.equal(byteString(queued!), `Delivered-To: joe@h.e.example\n${message}`)
  assert.equal(byteString(envelope!), 'Fs@d.example\0Tnew@x\0\0')
})

test('I34: condredirect goes on when the program fails or is missing, and waits when that is open', async (t) => {
  const home = new Home(t)
  using queue = captureQueue()
  const cases: [line: string, ended: object][] = [
    ['new@x false', delivered('next\ndid 0+0+2\n')],
    ['new@x /no/such', delivered('next\ndid 0+0+2\n')],
    ['new@x sh -c "exit 111"', later('condredirect: fatal: temporary child error')],
    ['new@x sh -c "kill -KILL \\$\\$"', later('condredirect: fatal: child crashed')],
    ['new@x', bounced('condredirect: usage: condredirect newaddress program [ arg ... ]')],
  ]
  for (const [line, ended] of cases) {
    home.write('.qmail', `|${condredirect} ${line}\n|echo next\n`)
    assert.deepEqual(await home.deliver({ env: queue.env }), ended, line)
  }
  assert.deepEqual(queue.captures(), [])
})

test('I35: bouncesaying', async (t) => {
  const home = new Home(t)
  const cases: [line: string, ended: object][] = [
    ['"go away"', bounced('go away')],
    ['"go away" true', bounced('go away')],
    ['"go away" false', delivered('next\ndid 0+0+2\n')],
    ['"go away" /no/such', delivered('next\ndid 0+0+2\n')],
    ['"go away" sh -c "exit 111"', later('bouncesaying: fatal: temporary child error')],
    ['"caf\xe9 \xff"', bounced('caf\xe9 \xff')],
    ['', bounced('bouncesaying: usage: bouncesaying error [ program [ arg ... ] ]')],
  ]
  for (const [line, ended] of cases) {
    home.write('.qmail', `|${bouncesaying} ${line}\n|echo next\n`)
    assert.deepEqual(await home.deliver(), ended, line)
  }
})

test('I36: except', async (t) => {
  const home = new Home(t)
  const cases: [line: string, ended: object][] = [
    ['true', bounced('')],
    ['false', delivered('did 0+0+1\n')],
    ['/no/such', delivered('did 0+0+1\n')],
    ['sh -c "exit 111"', later('except: fatal: temporary child error')],
    ['sh -c "kill -KILL \\$\\$"', later('except: fatal: child crashed')],
    ['', bounced('except: usage: except program [ arg ... ]')],
  ]
  for (const [line, ended] of cases) {
    home.write('.qmail', `|${except} ${line}\n`)
    assert.deepEqual(await home.deliver(), ended, line)
  }
})

test('I40: maildirmake', (t) => {
  const home = new Home(t)
  const run = (...args: readonly string[]): object => {
    const { status, stderr } = spawnSync(program('maildirmake'), args, { cwd: home.path, encoding: 'latin1' })
    return { status, stderr }
  }
  assert.deepEqual(run('d'), { status: 0, stderr: '' })
  for (const name of ['d', 'd/tmp', 'd/new', 'd/cur']) {
    assert.equal(statSync(join(home.path, name)).mode & 0o7777, 0o700)
  }
  const exists = 'maildirmake: fatal: unable to mkdir d: file already exists\n'
  assert.deepEqual(run('d'), { status: 111, stderr: exists })
  assert.deepEqual(run(), { status: 100, stderr: 'maildirmake: usage: maildirmake name\n' })
})
