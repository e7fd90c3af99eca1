/**
 * start with its children. The spawners, clean and the resident queue are the real ones; in the place of send stands a shell script that
 * shows what it was given, so that the wiring is seen from send's end.
 */
import assert from 'node:assert/strict'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { makeTestHome, type TestHome } from '../../helpers/home.ts'
import { goneAfter, killQuietly, Running } from './running.ts'

const isRoot = process.getuid?.() === 0

/** As send does: it writes lines on descriptor 0, waits for the capacities of the spawners, then reads the trigger. */
function homeWithSend(t: TestContext, ...script: readonly string[]): TestHome {
  const home = makeTestHome(t)
  const said = [
    'one() { dd bs=1 count=1 2>/dev/null; }',
    'echo "local $(one <&2)" >&0',
    'echo "remote $(one <&4)" >&0',
  ]
  const trigger = `exec 7<>'${home.home}/queue/lock/trigger'`
  writeProgram(home.bin('send'), ...said, trigger, ...script)
  return home
}

function writeProgram(path: string, ...script: readonly string[]): void {
  rmSync(path, { force: true })
  writeFileSync(path, ['#!/bin/sh', ...script, ''].join('\n'))
  chmodSync(path, 0o755)
}

const forever = 'while :; do sleep 0.05; done'
const obedient = ["trap 'echo terminated >&0; exit 3' TERM", 'echo running >&0', forever]

test('send holds the spawners and clean by qmail’s descriptors', async (t) => {
  const home = homeWithSend(
    t,
    `printf 'todo/5\\0' >&5; echo "clean $(one <&6)" >&0`,
    `printf 'a4/27\\0s\\0ah\\0' >&1; echo "lspawn $(head -c 8 <&2)" >&0`,
    `printf 'b4/27\\0s\\0ah\\0' >&3; echo "rspawn $(head -c 8 <&4)" >&0`,
    'exit 0',
  )
  const start = new Running(t, home)
  assert.equal(await start.ended, 0)
  for (const line of ['local x', 'remote x', 'clean +', 'lspawn aDSorry,', 'rspawn bDSorry,'])
    assert.ok(start.said.split('\n').includes(line), `${line} in ${start.said}`)
  assert.deepEqual(start.tree(), [])
})

test('ready is said when the queue answers and send reads its trigger', async (t) => {
  const start = new Running(t, homeWithSend(t, ...obedient))
  const [line] = await start.says(/^start \d+ ready$/m)
  assert.equal(line, `start ${start.pid} ready`)
  assert.match(start.said, /^queue \d+ listen /m)
  assert.match(start.said, /^running$/m)
})

test('TERM, INT, HUP and ALRM reach send, and its status is the one of start', async (t) => {
  const home = homeWithSend(t, "trap 'echo hup >&0' HUP", "trap 'echo alrm >&0' ALRM", ...obedient)
  const start = new Running(t, home)
  await start.says(/ready/)
  start.signal('SIGHUP')
  await start.says(/^hup$/m)
  start.signal('SIGALRM')
  await start.says(/^alrm$/m)
  const children = start.tree()
  start.signal('SIGINT')
  assert.equal(await start.ended, 3)
  assert.match(start.said, /^terminated$/m)
  assert.notEqual(await goneAfter(children, 3000), undefined)
})

test('a send that dies by a signal is told as a shell tells it', async (t) => {
  const start = new Running(t, homeWithSend(t, 'kill -KILL $$'))
  assert.equal(await start.ended, 137)
})

test(
  'each child has its user, the group qmail and no other group',
  { skip: !isRoot && 'needs root' },
  async (t) => {
    const home = homeWithSend(t, ...obedient)
    const start = new Running(t, home)
    await start.says(/ready/)
    const { qmail, qmailr, qmailq, qmails } = home.accounts
    const who = async (name: string) => {
      const { uid, gid, groups } = await start.child(name)
      return { uid, gid, groups }
    }
    assert.deepEqual(await who('qmail-lspawn'), { uid: 0, gid: qmail, groups: '' })
    assert.deepEqual(await who('qmail-rspawn'), { uid: qmailr.uid, gid: qmail, groups: '' })
    assert.deepEqual(await who('qmail-clean'), { uid: qmailq.uid, gid: qmail, groups: '' })
    assert.deepEqual(await who('qmail-queue'), { uid: qmailq.uid, gid: qmail, groups: '' })
    assert.deepEqual(await who('start-guard'), { uid: qmails.uid, gid: qmail, groups: '' })
    assert.deepEqual(await who('/bin/sh'), { uid: qmails.uid, gid: qmail, groups: '' })
  },
)

test('a logger gets send’s lines, as a user of its own', async (t) => {
  const home = homeWithSend(t, 'echo a line >&0', 'exit 0')
  writeProgram(home.bin('logger'), 'echo "$1 $(id -u)"; sed "s/^/logged: /"')
  const start = new Running(t, home, ['./Mailbox', home.bin('logger'), 'tag'])
  assert.equal(await start.ended, 0)
  assert.match(start.said, new RegExp(`^tag ${home.accounts.qmaill.uid}$`, 'm'))
  assert.match(start.said, /^logged: a line$/m)
})

test('the resident queue is started again when it ends', async (t) => {
  const start = new Running(t, homeWithSend(t, ...obedient))
  await start.says(/ready/)
  const before = (await start.child('qmail-queue')).pid
  killQuietly(before)
  const [, after] = await start.says(new RegExp(`^queue (?!${before} )(\\d+) listen`, 'm'))
  assert.notEqual(Number(after), before)
  assert.match(start.said, /restart name=queue ended=SIGKILL pause=100\n/)
})

test('a lost spawner is not started again: send notices and start ends', async (t) => {
  const start = new Running(t, homeWithSend(t, 'cat <&2 >&0; exit 7'))
  await start.says(/ready/)
  killQuietly((await start.child('qmail-lspawn')).pid)
  assert.equal(await start.ended, 7)
  assert.match(start.said, /ended name=lspawn status=SIGKILL\n/)
})

test('when start is killed nothing is left', async (t) => {
  const start = new Running(t, homeWithSend(t, ...obedient))
  await start.says(/ready/)
  const children = start.tree()
  assert.ok(children.length >= 6)
  start.signal('SIGKILL')
  assert.notEqual(await goneAfter(children, 3000), undefined)
  assert.match(start.said, /^terminated$/m)
})

test('when start is killed, a send that does not listen is killed as well', async (t) => {
  const start = new Running(t, homeWithSend(t, "trap '' TERM", 'echo running >&0', forever))
  await start.says(/ready/)
  const children = start.tree()
  start.signal('SIGKILL')
  assert.notEqual(await goneAfter(children, 3000), undefined)
})

test('with --until-eof the end of descriptor 0 is the end of all', async (t) => {
  const start = new Running(t, homeWithSend(t, ...obedient), ['--until-eof'], 'pipe')
  await start.says(/ready/)
  const children = start.tree()
  start.stdin?.end()
  assert.equal(await start.ended, 3)
  assert.notEqual(await goneAfter(children, 3000), undefined)
})

test('a program that is missing is named, it is 111, and nothing is left', async (t) => {
  const home = homeWithSend(t, ...obedient)
  rmSync(home.bin('clean'))
  const start = new Running(t, home)
  assert.equal(await start.ended, 111)
  assert.match(start.said, /cannot-start name=clean program=\S*\/bin\/clean error=ENOENT\n/)
  assert.doesNotMatch(start.said, /running/)
})
