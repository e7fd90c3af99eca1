/** local among other people's programs: those that .qmail lines start, and those that read what was delivered. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bounced, delivered, Home, message } from '../../helpers/delivery.ts'

/** Why it cannot be tried here, or false. */
function missing(program: string): string | false {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0 ? false : `${program} is not installed`
}

test('procmail as a program line', { skip: missing('procmail') }, async (t) => {
  const home = new Home(t)
  home.makeMaildir('Sorted')
  home.write('rc', `MAILDIR=${home.path}\nSHELL=/bin/sh\n\n:0\n* ^Subject: t$\nSorted/\n`)
  home.write('.qmail', '|procmail -m ./rc\n')
  assert.deepEqual(await home.deliver(), delivered('did 0+0+1\n'))
  const [name = ''] = readdirSync(join(home.path, 'Sorted/new'))
  assert.equal(home.read(`Sorted/new/${name}`), message)
})

test('the exit code of procmail is what local makes of it', { skip: missing('procmail') }, async (t) => {
  const home = new Home(t)
  home.write('rc', `MAILDIR=${home.path}\nSHELL=/bin/sh\nEXITCODE=100\nHOST\n`)
  home.write('.qmail', '|procmail -m ./rc\n')
  assert.deepEqual(await home.deliver(), bounced(''))
})

test("Python's mailbox reads a Maildir and an mbox of ours, and sees a seen message", async (t) => {
  const home = new Home(t)
  home.makeMaildir('Maildir')
  home.write('.qmail', './Maildir/\n./Mailbox\n')
  for (const subject of ['one', 'two']) {
    const ended = await home.deliver({ message: `Subject: ${subject}\n\nFrom here\n>From there\n` })
    assert.deepEqual(ended, delivered('did 2+0+0\n'))
  }
  const [first = ''] = readdirSync(join(home.path, 'Maildir/new')).sort()
  renameSync(join(home.path, 'Maildir/new', first), join(home.path, 'Maildir/cur', `${first}:2,S`))
  const script = [
    'import json, mailbox',
    'maildir = mailbox.Maildir("Maildir", create=False)',
    'mbox = mailbox.mbox("Mailbox", create=False)',
    'shown = lambda m: [m["Subject"], m["Delivered-To"], m.get_payload(), m.get_flags()]',
    'print(json.dumps([sorted(shown(m) for m in box) for box in (maildir, mbox)]))',
  ].join('\n')
  const said = execFileSync('python3', ['-c', script], { cwd: home.path, encoding: 'utf8' })
  const to = 'joe@h.e.example'
  const plain = 'From here\n>From there\n'
  const quoted = '>From here\n>>From there\n'
  assert.deepEqual(JSON.parse(said), [
    [
      ['one', to, plain, 'S'],
      ['two', to, plain, ''],
    ],
    [
      ['one', to, quoted, ''],
      ['two', to, quoted, ''],
    ],
  ])
})

test('a message that Python has locked the mbox for comes after', async (t) => {
  const home = new Home(t)
  home.write('Mailbox', '')
  const script = [
    'import fcntl, os, sys',
    'box = open("Mailbox", "a")',
    'fcntl.flock(box, fcntl.LOCK_EX)',
    'delivery = os.fork()',
    'if delivery == 0:',
    '    os.close(box.fileno())',
    '    os.execvp(sys.argv[1], sys.argv[1:])',
    'import time',
    'while not os.path.exists("begun"): time.sleep(0.01)',
    'box.write("first\\n"); box.flush()',
    'fcntl.flock(box, fcntl.LOCK_UN)',
    'sys.exit(os.waitstatus_to_exitcode(os.waitpid(delivery, 0)[1]))',
  ].join('\n')
  // The program line says that local is at work; the mbox line stands behind it.
  home.write('.qmail', '|touch begun\n./Mailbox\n')
  const through = ['python3', '-c', `import os; os.chdir(${JSON.stringify(home.path)})\n${script}`] as const
  assert.deepEqual(await home.deliver({ through }), delivered('did 1+0+1\n'))
  assert.match(home.read('Mailbox'), /^first\nFrom s@d\.example /)
})
