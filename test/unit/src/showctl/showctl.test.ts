/** showctl's lines over real control files. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test, type TestContext } from 'node:test'
import { controlFiles } from '../../../../lib/control/by-file.ts'
import { settings } from '../../../../lib/control/registry.ts'
import { describeControls } from '../../../../src/showctl/controls.ts'
import { describeSystem } from '../../../../src/showctl/system.ts'

function described(t: TestContext, files: Readonly<Record<string, string>>) {
  const home = mkdtempSync(`${tmpdir()}/showctl-`)
  t.after(() => rmSync(home, { recursive: true }))
  mkdirSync(`${home}/control`)
  for (const [name, content] of Object.entries(files))
    writeFileSync(`${home}/control/${name}`, content, 'latin1')
  return { home, show: () => describeControls(readdirSync(`${home}/control`), controlFiles(home)) }
}

const line = (text: string, name: string): string =>
  text.split('\n').find((each) => each.startsWith(`${name}: `)) ?? 'not shown'

test('place, constants and numbers come first', () => {
  const id = (uid: number) => ({ uid, gid: uid })
  const ids = {
    alias: id(1),
    qmaild: id(2),
    qmaill: id(3),
    qmailp: id(4),
    qmailq: id(5),
    qmailr: id(6),
    qmails: id(7),
    qmail: 8,
    nofiles: 9,
  }
  assert.equal(
    describeSystem('/var/qmail', ids),
    'qmail home directory: /var/qmail.\nuser-ext delimiter: -.\npaternalism (in decimal): 2.\n' +
      'silent concurrency limit: 120.\nsubdirectory split: 23.\nuser ids: 1, 2, 3, 0, 4, 5, 6, 7.\n' +
      'group ids: 9, 8.\n\n',
  )
  assert.match(describeSystem('/x', 'unable to find user alias'), /user ids: unable to find user alias\.\n/)
})

test('every setting has one entry, in the order of the registry', (t) => {
  const { text, isWhole } = described(t, {}).show()
  assert.deepEqual(
    text.split('\n').flatMap((each) => /^([a-z.]+): /.exec(each)?.[1] ?? []),
    settings.map(({ name }) => name),
  )
  assert.equal(isWhole, true)
})

test('a value is shown, a default is marked, me is put in its place', (t) => {
  const { show } = described(t, { me: 'mx.example.org\n', bouncehost: 'b\n', concurrencylocal: '5 or so\n' })
  const { text } = show()
  assert.equal(line(text, 'bouncehost'), 'bouncehost: b (read by send when it starts)')
  assert.equal(line(text, 'helohost'), 'helohost: (Default.) mx.example.org (read by remote at each run)')
  assert.equal(line(text, 'concurrencylocal'), 'concurrencylocal: 5 (read by send when it starts)')
  assert.equal(
    line(text, 'concurrencyremote'),
    'concurrencyremote: (Default.) 20 (read by send when it starts)',
  )
})

test('without me, the literal holds, or an error', (t) => {
  const { text } = described(t, { databytes: 'none\n' }).show()
  assert.match(line(text, 'bouncehost'), /^bouncehost: \(Default\.\) bouncehost \(/)
  assert.match(line(text, 'helohost'), /^helohost: \(Default\.\) an error \(/)
  assert.match(line(text, 'databytes'), /^databytes: \(Default\.\) 0 \(/)
})

test('the lines of a list follow, without what does not count', (t) => {
  const { text } = described(t, { locals: 'a.example\n# no\n\xe9\x1b.example \n', percenthack: '' }).show()
  assert.match(
    text,
    /\nlocals: 2 lines \(read by send, smtpd when send gets HUP\)\n {4}a\.example\n {4}__\.example\n\w/,
  )
  assert.match(line(text, 'percenthack'), /^percenthack: empty \(/)
})

test('defaults are those of the profile', (t) => {
  assert.match(line(described(t, {}).show().text, 'rcpthosts'), /\(Default\.\) everything is accepted/)
  const modern = described(t, { profile: 'modern\n' }).show().text
  assert.match(line(modern, 'rcpthosts'), /\(Default\.\) locals and virtualdomains/)
})

test('unknown files come last, by name, and nobody knows what they do', (t) => {
  const { text } = described(t, {
    zzz: '',
    'morercpthosts.tmp': '',
    'morercpthosts.cdb': 'x',
    concurencyremote: '3',
  }).show()
  assert.match(
    text,
    /concurencyremote: I have no idea what this file does\.\nmorercpthosts\.tmp: I have no idea what this file does\.\nzzz: I have no idea what this file does\.\n$/,
  )
  assert.match(line(text, 'morercpthosts.cdb'), /^morercpthosts\.cdb: a compiled table \(/)
})

test('a file that cannot be read is said, and the others are shown', (t) => {
  const { home, show } = described(t, { me: 'mx\n' })
  mkdirSync(`${home}/control/locals`)
  const { text, isWhole } = show()
  assert.equal(isWhole, false)
  assert.match(line(text, 'locals'), /^locals: unable to read control\/locals: is a directory \(/)
  assert.match(line(text, 'me'), /^me: mx \(/)
})

test('a profile that is none is said', (t) => {
  const { text, isWhole } = described(t, { profile: 'Modern\n' }).show()
  assert.equal(isWhole, false)
  assert.match(line(text, 'profile'), /^profile: Modern \(/)
})
