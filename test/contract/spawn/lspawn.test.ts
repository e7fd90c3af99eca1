/**
 * Cases G and H of the contract against lspawn, over pipes, with users/cdb made by newu and mail delivered by local; as root with a
 * user of its own, so that the change of user is real.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { ids, isRoot, makeHome, programLine, Spawner, writeScript } from './far-end.ts'

const joe = isRoot
  ? { uid: 12345, gid: 12345 }
  : { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 }
const { home, remove } = makeHome()
after(remove)
const bin = (name: string): string => join(home, 'bin', name)
const joeHome = join(home, 'joe')
mkdirSync(joeHome)
chownSync(joeHome, joe.uid, joe.gid)
writeScript(bin('local'), ...programLine('local'))

function assign(...lines: readonly string[]): void {
  writeFileSync(join(home, 'users/assign'), [...lines, '.', ''].join('\n'))
  const [, newu = ''] = programLine('newu')
  execFileSync('/bin/sh', ['-c', newu], { env: { ...process.env, JSMAIL_HOME: home } })
}

const joeLine = `joe:${joe.uid}:${joe.gid}:${joeHome}`
assign(`=joe:${joeLine}:::`, `+joe-:${joeLine}:-::`, `=toor:root:0:0:/root:::`)

async function deliver(recipient: string, ...args: readonly string[]): Promise<string> {
  const spawner = new Spawner('lspawn', home, args.length > 0 ? args : ['./Mailbox'])
  const { code, stdout, stderr } = await spawner.send(7, '4/27', 's@d.example', recipient).end()
  assert.equal(stderr, '')
  assert.equal(code, 0)
  return stdout
}

/** With a program of the test in the place of local, which says what it was given. */
async function asked(recipient: string, script: readonly string[], sender = 's@d.example'): Promise<string> {
  const other = makeHome()
  try {
    execFileSync('cp', [join(home, 'users/cdb'), join(other.home, 'users/cdb')])
    writeScript(join(other.home, 'bin/local'), '#!/bin/sh', ...script)
    writeScript(join(other.home, 'bin/getpw'), '#!/bin/sh', 'exit 116')
    const spawner = new Spawner('lspawn', other.home, ['./Mailbox'])
    const { stdout } = await spawner.send(7, '4/27', sender, recipient).end()
    return stdout.replaceAll(other.home, 'HOME').replaceAll(home, 'FIRST')
  } finally {
    other.remove()
  }
}

test('G21: mail for joe lands in his Mailbox, written by him', async () => {
  assert.equal(await deliver('joe@local.example'), 'x\x07Kdid 1+0+0\n\0')
  const mailbox = join(joeHome, 'Mailbox')
  assert.match(
    readFileSync(mailbox, 'latin1'),
    /^From s@d\.example .*\nReturn-Path: <s@d\.example>\nDelivered-To: joe@local\.example\nSubject: t\n\nbody\n\n$/,
  )
  assert.equal(statSync(mailbox).uid, joe.uid)
  assert.equal(statSync(mailbox).gid, joe.gid)
})

test('G22: an extension without its file is no mailbox', async () => {
  assert.equal(
    await deliver('JOE-Foo@local.example'),
    'x\x07DSorry, no mailbox here by that name. (#5.1.1)\n\0',
  )
})

test('G24: without an argument it is 100, and nothing is said', async () => {
  const { code, stdout, stderr } = await new Spawner('lspawn', home, []).end()
  assert.deepEqual({ code, stdout, stderr }, { code: 100, stdout: '', stderr: '' })
})

test('H2: the extension keeps its case, and the address is cut at its last @', async () => {
  const script = ['printf "%s|" "$@"', 'pwd']
  assert.equal(
    await asked('Joe-Foo@x@local.example', script, ''),
    `x\x07K--|joe|FIRST/joe|Joe-Foo@x|-|Foo@x|local.example||./Mailbox|HOME\n\0`,
  )
})

test('an empty local part is delivered to nobody and without any program', async () => {
  assert.equal(await asked('@local.example', ['echo no']), 'x\x07K\0')
})

test(
  'the program has the user and the only group of the mailbox',
  { skip: !isRoot && 'needs root' },
  async () => {
    assert.equal(await asked('joe@h', ['id -u', 'id -G']), `x\x07K${joe.uid}\n${joe.gid}\n\0`)
  },
)

test('a mailbox of root is refused', async () => {
  assert.equal(await asked('toor@h', ['echo no']), 'x\x07ZNot allowed to perform deliveries as root.\n\0')
})

test('output and exit code make the report', async () => {
  assert.equal(await asked('joe@h', ['echo soft >&2; exit 111']), 'x\x07Zsoft\n\0')
  assert.equal(await asked('joe@h', ['echo hard; exit 100']), 'x\x07Dhard\n\0')
  assert.equal(await asked('joe@h', ['echo half; kill -9 $$']), 'x\x07Zqmail-local crashed.\n\0')
})

test(
  'a message that does not belong to the queue is tried again',
  { skip: !isRoot && 'needs root' },
  async (t) => {
    const message = join(home, 'queue/mess/4/27')
    chownSync(message, joe.uid, joe.gid)
    t.after(() => chownSync(message, ids.queue, 64010))
    assert.equal(await deliver('joe@h'), 'x\x07ZSorry, message has wrong owner. (#4.3.5)\n\0')
  },
)

test('a local that cannot be executed is tried again', async (t) => {
  const other = makeHome()
  t.after(other.remove)
  execFileSync('cp', [join(home, 'users/cdb'), join(other.home, 'users/cdb')])
  const spawner = new Spawner('lspawn', other.home, ['./Mailbox'])
  const { stdout } = await spawner.send(7, '4/27', 's', 'joe@h').end()
  assert.equal(stdout, 'x\x07ZUnable to run qmail-local.\n\0')
})

test('who is not in users/cdb is asked of getpw, which is nobody', async (t) => {
  const other = makeHome()
  t.after(other.remove)
  execFileSync('cp', [join(home, 'users/cdb'), join(other.home, 'users/cdb')])
  writeScript(join(other.home, 'bin/local'), '#!/bin/sh', 'printf "%s|" "$@"')
  const ask = async (...script: readonly string[]): Promise<string> => {
    writeScript(join(other.home, 'bin/getpw'), '#!/bin/sh', ...script)
    const spawner = new Spawner('lspawn', other.home, ['./Mailbox'])
    return (await spawner.send(7, '4/27', 's', 'Ann-x@h').end()).stdout
  }
  const answer = (path: string) => `printf '%s\\0' ann ${joe.uid} ${joe.gid} "${path}" - x`
  assert.equal(await ask(answer('/home/$1')), 'x\x07K--|ann|/home/Ann-x|Ann-x|-|x|h|s|./Mailbox|\0')
  if (isRoot) assert.match(await ask(answer('/$(id -u).$(id -G)')), new RegExp(`/${ids.getpw}\\.64011\\|`))
  const root = "printf '%s\\0' root 0 0 /root '' ''"
  assert.equal(await ask(root), 'x\x07ZNot allowed to perform deliveries as root.\n\0')
  assert.equal(await ask("printf '%s\\0' ann 1"), 'x\x07ZInternal qmail-lspawn bug.\n\0')
  assert.equal(await ask('exit 116'), 'x\x07ZUnable to find alias user!\n\0')
  assert.equal(await ask('exit 115'), 'x\x07ZNFS failure in qmail-local.\n\0')
  for (const code of [1, 100, 127])
    assert.equal(await ask(`exit ${code}`), 'x\x07ZTemporary failure in qmail-lspawn.\n\0')
  assert.equal(await ask('kill -9 $$'), 'x\x07ZTemporary failure in qmail-lspawn.\n\0')
  rmSync(join(other.home, 'bin/getpw'))
  const spawner = new Spawner('lspawn', other.home, ['./Mailbox'])
  const { stdout } = await spawner.send(7, '4/27', 's', 'ann@h').end()
  assert.equal(stdout, 'x\x07ZUnable to run qmail-getpw.\n\0')
})

test('a broken users/cdb is tried again, and a new one counts at the next delivery', async (t) => {
  const other = makeHome()
  t.after(other.remove)
  const cdb = join(other.home, 'users/cdb')
  writeFileSync(cdb, 'not a cdb')
  writeScript(join(other.home, 'bin/local'), '#!/bin/sh', 'echo "$2"')
  const spawner = new Spawner('lspawn', other.home, ['./Mailbox'])
  spawner.send(7, '4/27', 's', 'joe@h')
  assert.deepEqual(await spawner.reports(1), ['\x07ZTrouble reading users/cdb in qmail-lspawn.\n'])
  rmSync(cdb)
  execFileSync('cp', [join(home, 'users/cdb'), cdb])
  const { stdout } = await spawner.send(7, '4/27', 's', 'joe@h').end()
  assert.match(stdout, /\x07Kjoe\n\0$/)
})
