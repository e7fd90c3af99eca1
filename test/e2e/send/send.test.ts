/** send and clean as programs: descriptors, signals, exit codes, and what kill -9 leaves behind. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { test } from 'node:test'
import { pullTrigger } from '../../../lib/queue/by-fifo.ts'
import { channelPath, infoPath } from '../../../lib/queue/paths.ts'
import { captureQueue } from '../../helpers/capture-queue.ts'
import { traceCalls } from '../../helpers/queue-calls.ts'
import type { QueueHome } from '../../helpers/queue-home.ts'
import { caseHome } from '../../helpers/send-fixture.ts'
import { startProgram } from '../../helpers/send-program.ts'

const base = 'u0\0p4242\0Fjoe@local.example\0'

function inject(home: QueueHome, envelope: string): string {
  const number = home.enqueue(envelope)
  pullTrigger(home.path('lock/trigger'))
  return number
}

test('D1, D3, D30: a message through the programs; TERM ends both with 0', async (context) => {
  const home = caseHome(context)
  const running = startProgram(context, home)
  await running.untilLine('status')
  const number = inject(home, `${base}Tjoe@local.example\0`)
  await running.untilLine(`end msg ${number}`)
  running.send.kill('SIGTERM')
  deepEqual(await running.ended(), [0, 0])
  deepEqual(running.lines, [
    'status: local 0/10 remote 0/20',
    `new msg ${number}`,
    `info msg ${number}: bytes 17 from <joe@local.example> qp 4242 uid 0`,
    `starting delivery 1: msg ${number} to local joe@local.example`,
    'status: local 1/10 remote 0/20',
    'delivery 1: success: did_1+0+0/',
    'status: local 0/10 remote 0/20',
    `end msg ${number}`,
    'status: exiting',
  ])
  deepEqual(home.files(), [])
})

test('its files are its owner’s only, and people find it as qmail-send', async (context) => {
  const home = caseHome(context)
  const running = startProgram(context, home, { local: () => 'Zlater\n' })
  const number = inject(home, `${base}Tjoe@local.example\0`)
  await running.untilLine('delivery 1: deferral')
  equal(home.mode(infoPath(number)), 0o600)
  equal(home.mode(channelPath('local', number)), 0o600)
  match(fs.readFileSync(`/proc/${running.send.pid}/cmdline`, 'latin1'), /^qmail-send\0*$/)
  match(fs.readFileSync(`/proc/${running.clean.pid}/cmdline`, 'latin1'), /^qmail-clean\0*$/)
})

test('D29: a second send says so on descriptor 0 and exits 111', async (context) => {
  const home = caseHome(context)
  const first = startProgram(context, home)
  await first.untilLine('status')
  const second = startProgram(context, home)
  deepEqual(await second.ended(), [111, 0])
  deepEqual(second.lines, ['alert: cannot start: qmail-send is already running'])
})

test('what send needs before it can start, and its words for that', async (context) => {
  const cases: readonly (readonly [string, (home: QueueHome) => void])[] = [
    ['unable to switch to home directory', (home) => fs.rmSync(home.home, { recursive: true })],
    ['unable to read controls', (home) => fs.rmSync(`${home.home}/control`, { recursive: true })],
    ['unable to switch to queue directory', (home) => fs.rmSync(home.queue, { recursive: true })],
    ['unable to open mutex', (home) => fs.unlinkSync(home.path('lock/sendmutex'))],
  ]
  for (const [why, spoil] of cases) {
    const home = caseHome(context)
    spoil(home)
    const running = startProgram(context, home)
    equal((await running.ended())[0], 111)
    deepEqual(running.lines, [`alert: cannot start: ${why}`])
  }
})

test('a spawner that is dead at the start', async (context) => {
  const home = caseHome(context)
  const running = startProgram(context, home, { capacity: 'dead' })
  equal((await running.ended())[0], 111)
  deepEqual(running.lines, ['alert: cannot start: hath the daemon spawn no fire?'])
})

test('E5: after SIGKILL in the midst of deliveries every recipient that was not done is tried again', async (context) => {
  const home = caseHome(context)
  const first = startProgram(context, home, {
    local: ({ recipient }) => (recipient.startsWith('done') ? 'Kdone\n' : undefined),
  })
  const number = inject(home, `${base}Tdone@local.example\0Topen@local.example\0`)
  await first.untilLine('delivery 1: success')
  first.send.kill('SIGKILL')
  deepEqual(await first.ended(), ['SIGKILL', 0])
  const second = startProgram(context, home)
  await second.untilLine(`end msg ${number}`)
  deepEqual(
    second.local.commands.map(({ recipient }) => recipient),
    ['open@local.example'],
  )
  ok(!second.lines.some((line) => line.startsWith('new msg')))
})

test('kill -9 at ten moments of a burst: every recipient is delivered, few twice', async (context) => {
  const home = caseHome(context, { concurrencylocal: '5\n' })
  const delivered = new Map<string, number>()
  const local = ({ recipient }: { readonly recipient: string }): string => {
    delivered.set(recipient, (delivered.get(recipient) ?? 0) + 1)
    return 'Kdid 1+0+0\n'
  }
  const expected: string[] = []
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < 15; i++) {
      const user = `r${round}m${i}`
      expected.push(`${user}a@local.example`, `${user}b@local.example`)
      home.enqueue(`${base}T${user}a@local.example\0T${user}b@local.example\0`)
    }
    const running = startProgram(context, home, { local })
    const total = delivered.size
    await running.untilLine('status')
    while (delivered.size < total + 3 * round) await running.local.received(running.local.commands.length + 1)
    await running.kill()
  }
  const last = startProgram(context, home, { local })
  await last.untilLine('status')
  // A message whose info is gone is over: its mess file alone is an orphan, for the sweeper.
  const isQueued = (file: string): boolean => !/^(mess|intd)\//.test(file)
  while (home.files().some(isQueued)) await new Promise((resolve) => setTimeout(resolve, 5))
  deepEqual([...delivered.keys()].sort(), expected.sort())
  const repeated = [...delivered.values()].filter((times) => times > 1).length
  ok(repeated <= 10 * 5, `${repeated} delivered twice`)
})

test('bounces go through QMAILQUEUE when that is set', async (context) => {
  using queue = captureQueue()
  const home = caseHome(context)
  const running = startProgram(context, home, { local: () => 'Dno\n', env: queue.env })
  const number = inject(home, `${base}Tnosuch@local.example\0`)
  const line = (await running.untilLine('bounce msg')).find((text) => text.startsWith('bounce')) ?? ''
  match(line, new RegExp(`^bounce msg ${number} qp [0-9]+$`))
  await running.untilLine(`end msg ${number}`)
  const { envelope, message } = queue.only()
  equal(envelope?.toString('latin1'), 'F\0Tjoe@local.example\0\0')
  ok(message?.toString('latin1').startsWith('Date: '))
  ok(
    message
      ?.toString('latin1')
      .endsWith(
        '\n<nosuch@local.example>:\nno\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <joe@local.example>\nSubject: t\n\nbody\n',
      ),
  )
})

test('a queue program that is missing: said so, and the message stays', async (context) => {
  const home = caseHome(context)
  const running = startProgram(context, home, { local: () => 'Dno\n', env: { QMAILQUEUE: '/nonexistent' } })
  const number = inject(home, `${base}Tnosuch@local.example\0`)
  await running.untilLine('warning: unable to start qmail-queue, will try later')
  ok(home.exists(`bounce/${number}`))
})

test('a file is on disk before its directory is, both before clean is asked; a bounce before its mark', async (context) => {
  if (spawnSync('strace', ['-V']).status !== 0) return context.skip('strace is not installed')
  const home = caseHome(context)
  const running = startProgram(context, home, { local: () => undefined })
  await running.untilLine('status')
  const traced = await traceCalls(running.send.pid ?? 0, `${home.home}/trace`)
  const number = inject(home, `${base}Tnosuch@local.example\0`)
  await running.local.received(1)
  running.local.report(0, 'Dno\n')
  await running.untilLine('delivery 1: failure')
  await running.kill()
  const calls = await traced.calls()
  const inOrder = (...words: readonly string[]): void => {
    const positions = words.map((word) => calls.indexOf(word))
    const sorted = positions.toSorted((a, b) => a - b)
    ok(!positions.includes(-1), `not all of ${words.join('; ')} in ${calls.join('; ')}`)
    deepEqual(positions, sorted, words.join('; '))
  }
  const split = Number(number) % 23
  for (const name of ['info', 'local']) {
    const file = `${name}/${split}/${number}`
    const directory = `${name}/${split}`
    inOrder(`unlink ${file}`, `create ${file}`, `fsync ${file}`, `begin fsync ${directory}`)
    inOrder(`fsync ${directory}`, `ask todo/${number}`)
  }
  inOrder(`unlink remote/${split}/${number}`, `create info/${split}/${number}`)
  const bounce = `fsync bounce/${number}`
  inOrder(bounce, 'begin fsync bounce', 'fsync bounce', `mark local/${split}/${number}`)
})
