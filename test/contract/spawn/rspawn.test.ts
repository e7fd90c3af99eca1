/**
 * Cases G of the contract against rspawn, over pipes: what a program instead of qmail-remote prints, and what send gets.
 */
import assert from 'node:assert/strict'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { after, test } from 'node:test'
import { makeHome, printing, Spawner, writeScript } from './far-end.ts'

const { home, remove } = makeHome()
after(remove)
const bin = (name: string): string => join(home, 'bin', name)

/** One command alone; everything that rspawn said about it. */
async function run(env: NodeJS.ProcessEnv, messid = '4/27', recipient = 'a@h'): Promise<string> {
  const { code, stdout, stderr } = await new Spawner('rspawn', home, [], env)
    .send(7, messid, 's', recipient)
    .end()
  assert.equal(stderr, '')
  assert.equal(code, 0)
  return stdout
}

test('G1, G2, G5, G10, G12: the report is made of output and exit code', async () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['r\0Kok\n\0', '', 'Kok\n'],
    ['hperm\n\0Dgiving\n\0', '', 'Dperm\ngiving\n'],
    ['r\0hperm\n\0Kok\n\0', '', 'K'],
    ['', '', 'Zqmail-remote produced no output.\n'],
    ['r\0Kok\n\0', 'exit 111', 'ZUnable to run qmail-remote.\n'],
    ['r\0Kok\n\0', 'exit 1', 'DUnable to run qmail-remote.\n'],
    ['r\0Kok\n\0', 'kill -9 $$', 'Zqmail-remote crashed.\n'],
  ]
  await Promise.all(
    cases.map(async ([output, more, report], index) => {
      const program = printing(bin(`g${index}`), output, more)
      assert.equal(await run({ QMAILREMOTE: program }), `x\x07${report}\0`)
    }),
  )
})

test('G13: a program that is missing fails for good', async () => {
  assert.equal(await run({ QMAILREMOTE: '/nonexistent' }), 'x\x07DUnable to run qmail-remote.\n\0')
})

test('G14: the program gets host, sender and recipient, the message on 0, and the environment', async () => {
  const program = writeScript(
    bin('g14'),
    '#!/bin/sh',
    `exec >'${home}/tmp/said'`,
    'printf "%s|" "$0" "$@"; echo $MARK; pwd; cat',
  )
  const spawner = new Spawner('rspawn', home, [], { QMAILREMOTE: program, MARK: 'here' })
  const { stdout } = await spawner.send(7, '4/27', 'se nd', 'a@b@h').end()
  assert.equal(stdout, 'x\x07Zqmail-remote produced no output.\n\0')
  assert.equal(
    readFileSync(join(home, 'tmp/said'), 'latin1'),
    `${program}|h|se nd|a@b@h|here\n${home}/queue/mess\nSubject: t\n\nbody\n`,
  )
})

test('bytes of an address that are no UTF-8 arrive as they are', async () => {
  const program = writeScript(bin('bytes'), '#!/bin/sh', 'printf "r\\0K%s\\0" "$3"')
  assert.equal(await run({ QMAILREMOTE: program }, '4/27', '\xe9\xff@h'), 'x\x07K\xe9\xff@h\0')
})

test('QMAILREMOTE may be a name in PATH', async () => {
  printing(bin('by-name'), 'Kby name\n\0')
  const env = { QMAILREMOTE: 'by-name', PATH: `${process.env['PATH']}:${home}/bin` }
  assert.equal(await run(env), 'x\x07Kby name\n\0')
})

test('a relative home is the same place for the program', async () => {
  const program = writeScript(bin('where'), '#!/bin/sh', 'printf "K%s\\0" "$JSMAIL_HOME"')
  const spawner = new Spawner('rspawn', relative(process.cwd(), home), [], { QMAILREMOTE: program })
  const { stdout } = await spawner.send(7, '4/27', 's', 'a@h').end()
  assert.equal(stdout, `x\x07K${home}\0`)
})

test('without QMAILREMOTE it is bin/qmail-remote, and where that is missing bin/remote', async (t) => {
  const other = makeHome()
  t.after(other.remove)
  const ask = async (): Promise<string> =>
    (await new Spawner('rspawn', other.home, []).send(7, '4/27', 's', 'a@h').end()).stdout
  printing(join(other.home, 'bin/remote'), 'Kours\n\0')
  assert.equal(await ask(), 'x\x07Kours\n\0')
  printing(join(other.home, 'bin/qmail-remote'), 'Ktheirs\n\0')
  assert.equal(await ask(), 'x\x07Ktheirs\n\0')
})

test('G16 to G18: each bad command has its answer, and the next one works', async () => {
  const program = printing(bin('good'), 'Kok\n\0')
  const spawner = new Spawner('rspawn', home, [], { QMAILREMOTE: program })
  spawner
    .send(1, '0/99x', 's', 'a@h')
    .send(2, '', 's', 'a@h')
    .send(3, '4/27', 's', 'ah')
    .send(120, '4/27', 's', 'a@h')
    .send(4, '4/28', 's', 'a@h')
    .send(5, '4', 's', 'a@h')
    .send(0, '', '?multi', 'x@x')
    .send(6, '4/27', 'x'.repeat(65537), 'a@h')
  await spawner.reports(8)
  const { stdout } = await spawner.send(7, '4/27', 's', 'a@h').end()
  // The report for number 0 begins with NUL. Reports may come in any order, but for the last, which was asked for after them.
  assert.deepEqual(stdout.slice(1, -1).split('\0').sort(), [
    '',
    '\x01DInternal error: messid has nonnumerics. (#5.3.5)\n',
    '\x02DInternal error: messid too short. (#5.3.5)\n',
    '\x03DSorry, address must include host name. (#5.1.3)\n',
    '\x04Zqmail-spawn unable to open message. (#4.3.0)\n',
    '\x05ZSorry, message has wrong type. (#4.3.5)\n',
    '\x06Zqmail-spawn out of memory. (#4.3.0)\n',
    '\x07Kok\n',
    'DInternal error: messid too short. (#5.3.5)\n',
    'xZInternal error: delnum too big. (#4.3.5)\n',
  ])
})

test('G20, G25: a number in use is refused; after the end of the commands the first still finishes', async () => {
  // The program waits for the test, so the second command certainly comes while it runs.
  const gate = join(home, 'gate')
  const program = writeScript(
    bin('slow'),
    '#!/bin/sh',
    `while ! [ -e '${gate}' ]; do sleep 0.02; done`,
    "printf 'Kok\\n\\0'",
  )
  const spawner = new Spawner('rspawn', home, [], { QMAILREMOTE: program })
  spawner.send(7, '4/27', 's', 'a@h').send(7, '4/27', 's', 'b@h')
  assert.deepEqual(await spawner.reports(1), ['\x07ZInternal error: delnum in use. (#4.3.5)\n'])
  const ended = spawner.end()
  writeFileSync(gate, '')
  const { code, stdout } = await ended
  assert.equal(code, 0)
  assert.equal(stdout, 'x\x07ZInternal error: delnum in use. (#4.3.5)\n\0\x07Kok\n\0')
})

test('120 deliveries at once, commands in pieces', async () => {
  const program = printing(bin('many'), 'Kok\n\0')
  const spawner = new Spawner('rspawn', home, [], { QMAILREMOTE: program })
  for (let delnum = 0; delnum < 120; delnum++) spawner.send(delnum, '4/27', 's', 'a@h')
  const { stdout } = await spawner.end()
  assert.equal(stdout.length, 1 + 120 * '\x07Kok\n\0'.length)
  const numbers = [...stdout.slice(1).matchAll(/([^])Kok\n\0/g)].map((match) => match[1]?.charCodeAt(0) ?? -1)
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    Array.from({ length: 120 }, (_, delnum) => delnum),
  )
})

test('the table of timeouts is zeroed at start, its further bytes are left', async () => {
  const table = join(home, 'queue/lock/tcpto')
  writeFileSync(table, 'x'.repeat(1030))
  chmodSync(table, 0o666)
  const { code } = await new Spawner('rspawn', home, []).end()
  assert.equal(code, 0)
  assert.equal(readFileSync(table, 'latin1'), '\0'.repeat(1024) + 'x'.repeat(6))
})

test('INT does not end it, and a home without a queue is 111', async () => {
  const spawner = new Spawner('rspawn', home, [], { QMAILREMOTE: printing(bin('int'), 'Kok\n\0') })
  await spawner.send(1, '', '', '').reports(1)
  spawner.signal('SIGINT')
  const { code, stdout } = await spawner.send(7, '4/27', 's', 'a@h').end()
  assert.equal(code, 0)
  assert.match(stdout, /\x07Kok\n\0$/)
  assert.equal((await new Spawner('rspawn', '/nonexistent', []).end()).code, 111)
})
