/** qmail-local(8): what is checked before the first instruction. Numbers in titles are those of the conformance cases. */
import assert from 'node:assert/strict'
import { chmodSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bounced, delivered, Home, later } from '../../helpers/delivery.ts'

const usage = 'qmail-local: usage: qmail-local [ -nN ] user homedir local dash ext domain sender aliasempty'

test('I2: an extension without a file is no mailbox', async (t) => {
  const home = new Home(t)
  assert.deepEqual(
    await home.deliver({ dash: '-', ext: 'foo' }),
    bounced('Sorry, no mailbox here by that name. (#5.1.1)'),
  )
})

test('I6: an empty file means the default delivery, also when it may be executed', async (t) => {
  const home = new Home(t)
  for (const mode of [0o644, 0o744]) {
    home.write('.qmail-default', '', mode)
    const ended = await home.deliver({ dash: '-', ext: 'foo', defaultDelivery: '|echo one\n|echo two' })
    assert.deepEqual(ended, delivered('one\ntwo\ndid 0+0+2\n'))
  }
})

test('I7: a blank first line', async (t) => {
  const home = new Home(t)
  const blank = later('Uh-oh: first line of .qmail file is blank. (#4.2.1)')
  home.write('.qmail', ' \n./Mailbox\n')
  assert.deepEqual(await home.deliver(), blank)
  home.write('.qmail', '')
  assert.deepEqual(await home.deliver({ defaultDelivery: '' }), blank)
})

test('I10: a .qmail file that others may write', async (t) => {
  const home = new Home(t)
  home.write('.qmail', './Mailbox\n', 0o646)
  assert.deepEqual(await home.deliver(), later('Uh-oh: .qmail file is writable. (#4.7.0)'))
  home.write('.qmail', './Mailbox\n', 0o664)
  assert.deepEqual(await home.deliver(), delivered('did 1+0+0\n'))
})

test('I11: a home that others may write, or that is sticky', async (t) => {
  const home = new Home(t)
  const withMode = (mode: number, options: readonly string[] = []): ReturnType<Home['deliver']> => {
    chmodSync(home.path, mode)
    return home.deliver({ options })
  }
  assert.deepEqual(await withMode(0o757), later('Uh-oh: home directory is writable. (#4.7.0)'))
  assert.deepEqual(await withMode(0o775), delivered('did 1+0+0\n'))
  const sticky = 'Home directory is sticky: user is editing his .qmail file. (#4.2.1)'
  assert.deepEqual(await withMode(0o1755), later(sticky))
  assert.deepEqual(await withMode(0o1755, ['-n']), {
    code: 0,
    stdout: 'mbox ./Mailbox\ndid 1+0+0\n',
    stderr: 'Warning: home directory is sticky.\n',
  })
})

test('I17: our own Delivered-To line in the header is a loop', async (t) => {
  const home = new Home(t)
  const message = 'Subject: t\nDelivered-To: joe@h.e.example\n\nbody\n'
  assert.deepEqual(
    await home.deliver({ message }),
    bounced('This message is looping: it already has my Delivered-To line. (#5.4.6)'),
  )
})

test('I18: in other letters, in the body, or with -n it is none', async (t) => {
  const home = new Home(t)
  for (const message of [
    'delivered-to: joe@h.e.example\n\nbody\n',
    'Delivered-To: Joe@h.e.example\n\nbody\n',
    'Subject: t\n\nDelivered-To: joe@h.e.example\n',
  ]) {
    assert.deepEqual(await home.deliver({ message }), delivered('did 1+0+0\n'))
  }
  const message = 'Delivered-To: joe@h.e.example\n\n'
  assert.deepEqual(await home.deliver({ message, options: ['-n'] }), delivered('mbox ./Mailbox\ndid 1+0+0\n'))
})

test('I27: wrong arguments', async (t) => {
  const home = new Home(t)
  assert.deepEqual(await home.deliver({ options: ['--', 'one more'] }), bounced(usage))
  assert.deepEqual(await home.deliver({ home: 'relative' }), bounced(usage))
  assert.deepEqual(
    await home.deliver({ options: ['-z'] }),
    bounced(`qmail-local: illegal option -- z\n${usage}`),
  )
})

test('I28: a home that cannot be entered', async (t) => {
  const home = new Home(t)
  const cannot = (path: string, reason: string): object =>
    later(`Unable to switch to ${path}: ${reason}. (#4.3.0)`)
  assert.deepEqual(
    await home.deliver({ home: '/nonexistent' }),
    cannot('/nonexistent', 'file does not exist'),
  )
  const loop = join(home.path, 'loop')
  symlinkSync('loop', loop)
  assert.deepEqual(await home.deliver({ home: loop }), cannot(loop, 'symbolic link loop'))
  home.write('file', '')
  const file = join(home.path, 'file')
  assert.deepEqual(await home.deliver({ home: file }), cannot(file, 'not a directory'))
})

test('a home that its user may not enter is later', { skip: notRoot() }, async (t) => {
  const home = new Home(t)
  chmodSync(home.path, 0o700)
  const id = { uid: 65_534, gid: 65_534 }
  assert.deepEqual(
    await home.deliver({ id }),
    later(`Unable to switch to ${home.path}: access denied. (#4.3.0)`),
  )
  assert.deepEqual(readdirSync(home.path), [])
})

function notRoot(): string | false {
  return process.getuid?.() === 0 ? false : 'only root can become another user'
}
