/**
 * The whole suite under start: mail that is queued arrives, what a killed suite had under way is delivered by the next one, and after
 * the end nothing runs. The programs are the bundled ones; only in the place of remote stands a script.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { makeTestHome, type TestHome } from '../../helpers/home.ts'
import { goneAfter, Running } from '../../contract/start/running.ts'

/** By the one-shot queue, as every injector does. */
function queue(home: TestHome, recipient: string, message: string): void {
  writeFileSync(`${home.home}/message`, message)
  writeFileSync(`${home.home}/envelope`, `Fsender@example.test\0T${recipient}\0\0`)
  const script = `'${home.bin('queue')}' <'${home.home}/message' 1<'${home.home}/envelope'`
  assert.equal(spawnSync('/bin/sh', ['-c', script]).status, 0)
}

const delivered = (home: TestHome): readonly string[] => readdirSync(`${home.maildir}/new`)

test('local mail arrives in the Maildir, remote mail goes to remote, and TERM ends everything', async (t) => {
  const home = makeTestHome(t)
  const said = `${home.home}/said`
  execFileSync('install', ['-m', '666', '/dev/null', said])
  rmSync(home.bin('remote'), { force: true })
  rmSync(home.bin('qmail-remote'), { force: true })
  writeFileSync(
    home.bin('remote'),
    `#!/bin/sh\n(echo "$@"; tail -n 1) >'${said}'; printf 'r\\0Ksent\\n\\0'\n`,
  )
  chmodSync(home.bin('remote'), 0o755)

  const start = new Running(t, home)
  await start.says(/^start \d+ ready$/m)
  await start.says(/^status: local 0\/10 remote 0\/20$/m)
  queue(home, 'you@example.test', 'Subject: one\n\nhello\n')
  await start.says(/^delivery 1: success: did_1\+0\+0\/$/m)
  queue(home, 'far@away.example', 'Subject: two\n\nhello far\n')
  await start.says(/^delivery 2: success: sent\/$/m)
  await start.says(/end msg[^]*end msg/)

  const [file = ''] = delivered(home)
  assert.match(readFileSync(`${home.maildir}/new/${file}`, 'latin1'), /\nSubject: one\n\nhello\n$/)
  assert.equal(readFileSync(said, 'latin1'), 'away.example sender@example.test far@away.example\nhello far\n')
  const children = start.tree()
  start.signal('SIGTERM')
  assert.equal(await start.ended, 0)
  assert.match(start.said, /^status: exiting$/m)
  assert.notEqual(await goneAfter(children, 3000), undefined)
})

test('a killed start leaves nothing, and the next one delivers what was under way', async (t) => {
  const home = makeTestHome(t)
  // The first delivery waits for the test; the message is one that a program gets.
  const gate = `${home.home}/gate`
  writeFileSync(
    `${home.home}/mail/you/.qmail`,
    `|echo once >>began; while ! test -e '${gate}'; do sleep 0.05; done\n./Maildir/\n`,
  )
  const first = new Running(t, home)
  await first.says(/ready/)
  queue(home, 'you@example.test', 'Subject: three\n\nhello again\n')
  while (!existsSync(`${home.home}/mail/you/began`)) await new Promise((resolve) => setTimeout(resolve, 10))
  const suite = first.tree().filter(({ name }) => /^(qmail-(?!local)|start-guard)/.test(name))
  const send = await first.child('qmail-send')
  first.signal('SIGKILL')
  assert.notEqual(await goneAfter([send], 3000), undefined)
  // lspawn finishes what it has started, as in qmail, and then is gone as well.
  writeFileSync(gate, '')
  assert.notEqual(await goneAfter(suite, 3000), undefined)

  const second = new Running(t, home)
  await second.says(/^delivery 1: success: /m)
  await second.says(/^end msg /m)
  assert.equal(delivered(home).length, 2)
  assert.equal(readFileSync(`${home.home}/mail/you/began`, 'latin1'), 'once\nonce\n')
  second.signal('SIGINT')
  assert.equal(await second.ended, 0)
})
