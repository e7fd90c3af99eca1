/** qmail-local(8): Maildirs and mboxes. Numbers in titles are those of the conformance cases. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFifo } from '../../../lib/os/os.ts'
import { delivered, Home, later, message } from '../../helpers/delivery.ts'

test('I14: no Maildir, and one without tmp/', async (t) => {
  const home = new Home(t)
  home.write('.qmail', './Maildir/\n')
  assert.deepEqual(await home.deliver(), later('Unable to chdir to maildir. (#4.2.1)'))
  mkdirSync(join(home.path, 'Maildir/new'), { recursive: true })
  assert.deepEqual(await home.deliver(), later('Temporary error on maildir delivery. (#4.3.0)'))
})

test('I15: what is no mbox is refused at once, with its reason', async (t) => {
  const home = new Home(t)
  mkdirSync(join(home.path, 'dir'))
  symlinkSync('loop', join(home.path, 'loop'))
  makeFifo(join(home.path, 'fifo'), 0o600)
  for (const [name, reason] of [
    ['dir', 'is a directory'],
    ['loop', 'symbolic link loop'],
    ['fifo', 'not a regular file'],
    ['missing/box', 'file does not exist'],
  ] as const) {
    home.write('.qmail', `./${name}\n`)
    assert.deepEqual(await home.deliver(), later(`Unable to open ./${name}: ${reason}. (#4.2.1)`))
  }
})

test('I16: a message in a Maildir is two lines and the message, unchanged', async (t) => {
  const home = new Home(t)
  home.makeMaildir('Maildir')
  home.write('.qmail', './Maildir/\n')
  const odd = `${message}\0\r\xff`
  assert.deepEqual(await home.deliver({ message: odd }), delivered('did 1+0+0\n'))
  const [name = '', ...others] = readdirSync(join(home.path, 'Maildir/new'))
  assert.deepEqual(others, [])
  assert.match(name, new RegExp(`^\\d{10}\\.\\d+\\.${hostname().replaceAll('.', '\\.')}$`))
  const file = `Maildir/new/${name}`
  assert.equal(home.read(file), `Return-Path: <s@d.example>\nDelivered-To: joe@h.e.example\n${odd}`)
  assert.equal(statSync(join(home.path, file)).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(home.path, 'Maildir/tmp')), [])
})

test('an mbox gets From_, the two lines, the quoted message and an empty line', async (t) => {
  const home = new Home(t)
  home.write('Mailbox', 'old\n', 0o644)
  assert.deepEqual(await home.deliver({ sender: '' }), delivered('did 1+0+0\n'))
  const [old, from = '', ...rest] = home.read('Mailbox').split('\n')
  assert.equal(old, 'old')
  assert.match(
    from,
    /^From MAILER-DAEMON (Sun|Mon|Tue|Wed|Thu|Fri|Sat) [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \d{4}$/,
  )
  assert.deepEqual(rest, [
    'Return-Path: <>',
    'Delivered-To: joe@h.e.example',
    'Subject: t',
    'From: a',
    '',
    '>From here',
    '>>From there',
    'last',
    '',
    '',
  ])
})

test('a new mbox can be read by its owner only, whatever the umask', async (t) => {
  const home = new Home(t)
  await home.deliver()
  assert.equal(statSync(join(home.path, 'Mailbox')).mode & 0o777, 0o600)
})

test('messages of 0 bytes and of 3 MiB arrive whole', async (t) => {
  const home = new Home(t)
  const head = 'Return-Path: <s@d.example>\nDelivered-To: joe@h.e.example\n'
  for (const message of ['', 'Subject: big\n\n'.padEnd(3_145_728, 'From x\n>\0')]) {
    home.makeMaildir('Maildir')
    home.write('.qmail', './Maildir/\n')
    await home.deliver({ message })
    const names = readdirSync(join(home.path, 'Maildir/new'))
    assert.ok(names.some((name) => home.read(`Maildir/new/${name}`) === `${head}${message}`))
  }
})

test('names and paths may hold any byte', async (t) => {
  const home = new Home(t)
  home.write('.qmail-caf\xe9', './bo\xeete\n')
  assert.deepEqual(await home.deliver({ dash: '-', ext: 'Caf\xe9' }), delivered('did 1+0+0\n'))
  const names = readdirSync(home.path, { encoding: 'buffer' }).map((name) => name.toString('latin1'))
  assert.ok(names.includes('bo\xeete'))
})

test('a message that is no file is later', async (t) => {
  const home = new Home(t)
  const through = ['/bin/sh', '-c', 'cat | "$@"', 'sh'] as const
  assert.deepEqual(await home.deliver({ through }), later('Unable to read message: error. (#4.3.0)'))
})

test('a report that nobody takes does not undo a delivery', async (t) => {
  const home = new Home(t)
  const through = ['/bin/sh', '-c', 'exec "$@" > /dev/full', 'sh'] as const
  assert.deepEqual(await home.deliver({ through }), delivered(''))
  assert.ok(home.read('Mailbox').endsWith('last\n\n'))
})
