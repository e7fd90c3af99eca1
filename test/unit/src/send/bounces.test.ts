/** What senders are told: the cases F, from the report to the queued message. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import * as fs from 'node:fs'
import { test } from 'node:test'
import { failed } from '../../../../lib/failure/failure.ts'
import { exit, queueFailure } from '../../../../lib/queue/exitcode.ts'
import { bouncePath, messPath, todoPath } from '../../../../lib/queue/paths.ts'
import type { QueueHome } from '../../../helpers/queue-home.ts'
import { fixture, local, remote } from '../../../helpers/send-fixture.ts'
import type { SendRun } from '../../../helpers/send-run.ts'

const base = 'u0\0p4242\0Fjoe@local.example\0'

/** The number of the bounce that follows a message, held so that its files can be read. */
async function bounceOf(run: SendRun, number: string): Promise<string> {
  await run.untilLine(`bounce msg ${number} qp `)
  await run.until((lines) => lines.some((line) => /^info msg \d+: .* qp 4711 uid 7$/.test(line)))
  const line = run.lines.find((text) => text.endsWith(' qp 4711 uid 7')) ?? ''
  return /^info msg (\d+)/.exec(line)?.[1] ?? ''
}

const withoutDates = (text: string): string => text.replaceAll(/\d+ \w+ 20\d\d \d\d:\d\d:\d\d -0000/g, 'D')

/** The message as it lies in the queue. */
function stored(home: QueueHome, number: string): string {
  return withoutDates(home.read(messPath(number)))
}

test('F1: one bounce tells of all failures and ends with the message', async (context) => {
  const hold = (recipient: string): boolean => recipient === 'joe@local.example'
  const { home, run } = await fixture(context, {
    remote,
    local: (command) => (hold(command.recipient) ? undefined : local(command)),
  })
  const number = run.inject(
    `${base}Tnosuch@local.example\0T550abc@remote.example\0`,
    'Received: (qmail 4242 invoked by uid 0); 22 Nov 2026 04:20:47 -0000\nSubject: orig\n\nbody\n',
  )
  const bounce = await bounceOf(run, number)
  const text = stored(home, bounce)
  const [head = '', ...paragraphs] = text.split(/^(?=<|---)/m)
  equal(
    head,
    'Received: (qmail 4711 invoked for bounce); D\n' +
      'Date: D\n' +
      'From: MAILER-DAEMON@mx.example.org\n' +
      'To: joe@local.example\n' +
      'Subject: failure notice\n' +
      '\n' +
      'Hi. This is the qmail-send program at mx.example.org.\n' +
      "I'm afraid I wasn't able to deliver your message to the following addresses.\n" +
      "This is a permanent error; I've given up. Sorry it didn't work out.\n" +
      '\n',
  )
  deepEqual(paragraphs.slice(0, -1).sort(), [
    '<550abc@remote.example>:\n127.0.0.1 does not like recipient.\nRemote host said: 550-first line\n' +
      '550 rejected by rule\nGiving up on 127.0.0.1.\n\n',
    '<nosuch@local.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n',
  ])
  equal(
    paragraphs.at(-1),
    '--- Below this line is a copy of the message.\n\n' +
      'Return-Path: <joe@local.example>\n' +
      'Received: (qmail 4242 invoked by uid 0); D\nSubject: orig\n\nbody\n',
  )
  const [, told] = await run.local.received(2).then((commands) => commands.slice(-2))
  deepEqual(
    { sender: told?.sender, recipient: told?.recipient },
    { sender: '', recipient: 'joe@local.example' },
  )
})

test('D7: the log of a bounce', async (context) => {
  const { run } = await fixture(context, { local })
  const number = run.inject(`${base}Tnosuch@local.example\0`)
  const bounce = await bounceOf(run, number)
  await run.untilEnd(bounce)
  deepEqual(run.of(number).slice(-3), [
    'delivery 1: failure: Sorry,_no_mailbox_here_by_that_name._(#5.1.1)/',
    `bounce msg ${number} qp 4711`,
    `end msg ${number}`,
  ])
  ok(/^info msg \d+: bytes \d+ from <> qp 4711 uid 7$/.test(run.of(bounce)[1] ?? ''))
})

test('F2: paragraphs stand in the order in which the failures were reported', async (context) => {
  const { home, run } = await fixture(context, { remote: () => undefined })
  const number = run.inject(
    `${base}Ta@remote.example\0Tb@remote.example\0Tc@remote.example\0Td@remote.example\0`,
  )
  await run.remote.received(4)
  for (const delnum of [2, 0, 1]) run.remote.report(delnum, 'Dno\n')
  await run.until((lines) => lines.filter((line) => line.includes(': failure: ')).length === 3)
  equal(
    home.read(bouncePath(number)),
    '<c@remote.example>:\nno\n\n<a@remote.example>:\nno\n\n<b@remote.example>:\nno\n\n',
  )
})

test('F3: a bounce that bounces goes to the postmaster, from #@[]', async (context) => {
  const { home, run } = await fixture(context, {
    local: (command) => (command.recipient === 'joe@local.example' ? undefined : local(command)),
  })
  const number = run.inject('F\0Tnosuch@local.example\0')
  const bounce = await bounceOf(run, number)
  const text = stored(home, bounce)
  ok(text.includes('\nTo: joe@local.example\n'))
  ok(
    text.includes(
      '.\nI tried to deliver a bounce message to this address, but the bounce bounced!\n\n<nosuch',
    ),
  )
  ok(text.includes('\n--- Below this line is the original bounce.\n\nReturn-Path: <>\nSubject: t\n'))
  await run.local.received(2)
  deepEqual(
    { sender: run.local.commands[1]?.sender, recipient: run.local.commands[1]?.recipient },
    { sender: '#@[]', recipient: 'joe@local.example' },
  )
})

test('F4: a failure of a double bounce is thrown away', async (context) => {
  const { home, run } = await fixture(context, { local })
  const number = run.inject('F#@[]\0Tnosuch@local.example\0')
  await run.untilEnd(number)
  deepEqual(run.lines.slice(-2), [`triple bounce: discarding bounce/${number}`, `end msg ${number}`])
  await run.terminate()
  deepEqual(home.files(), [])
})

test('F6, F7: the prefix of a virtual domain is undone, that of a virtual user is not', async (context) => {
  const { home, run } = await fixture(context, { local: () => 'Dno\n', remote: () => 'Zlater\n' })
  const number = run.inject(`${base}Tx@virt.example\0Tbob@special.example\0Tstays@remote.example\0`)
  await run.until((lines) => lines.filter((line) => line.includes(': failure: ')).length === 2)
  deepEqual(
    home
      .read(bouncePath(number))
      .match(/^<.*>:$/gm)
      ?.sort(),
    ['<alias-bob-bob@special.example>:', '<x@virt.example>:'],
  )
})

test('F10: the postmaster’s address fails: three messages, then silence', async (context) => {
  const { home, run } = await fixture(context, { local: () => 'Dno\n' })
  run.inject(`${base}Tnosuch@local.example\0`)
  await run.untilLine('triple bounce: discarding bounce/')
  await run.until((lines) => lines.filter((line) => line.startsWith('end msg')).length === 3)
  await run.terminate()
  equal(run.lines.filter((line) => line.startsWith('bounce msg')).length, 2)
  deepEqual(home.files(), [])
})

test('a queue that refuses the bounce is asked again later; the message stays', async (context) => {
  const { home, run } = await fixture(context, {
    local,
    submit: async () => failed(queueFailure(exit.unableToExec)),
  })
  const number = run.inject(`${base}Tnosuch@local.example\0`)
  await run.untilLine('warning: unable to start qmail-queue, will try later')
  await run.terminate()
  ok(home.exists(bouncePath(number)))
  ok(home.exists(messPath(number)))
})

test('a queue program that hangs holds up bounces, not the messages without one', async (context) => {
  const hanging: (() => void)[] = []
  const { run } = await fixture(context, {
    local,
    submit: () =>
      new Promise((resolve) => {
        hanging.push(() => resolve(failed(queueFailure(exit.timeout))))
      }),
  })
  const hung = Array.from({ length: 25 }, () => run.inject(`${base}Tnosuch@local.example\0`))
  await run.until((lines) => lines.filter((line) => line.includes(': failure: ')).length === hung.length)
  await run.untilEnd(run.inject(`${base}Tjoe@local.example\0`))
  equal(hanging.length, 10)
  for (const end of hanging) end()
})

test('a message that cannot be read is not bounced without it', async (context) => {
  const { home, run } = await fixture(context, { local: () => undefined })
  const number = run.inject(`${base}Tnosuch@local.example\0`)
  await run.local.received(1)
  fs.unlinkSync(home.path(messPath(number)))
  run.local.report(0, 'Dno\n')
  await run.untilLine('warning: trouble injecting bounce message, will try later')
  await run.terminate()
  ok(home.exists(bouncePath(number)))
  ok(!run.lines.some((line) => line.startsWith('bounce msg')))
  deepEqual(
    home.files().filter((file) => file.startsWith('todo') || file.startsWith('mess')),
    [],
  )
})

test('a disk that takes no paragraph: the recipient is not given up, and TERM still ends send', async (context) => {
  const { home, run } = await fixture(context, { local: () => undefined })
  const number = run.inject(`${base}Tnosuch@local.example\0`)
  await run.local.received(1)
  fs.mkdirSync(home.path(bouncePath(number)))
  run.local.report(0, 'Dno\n')
  await run.untilLine('alert: unable to append to bounce message; HELP! sleeping...')
  await run.untilEnd(run.inject(base))
  await run.terminate()
  ok(run.lines.includes('delivery 1: deferral: no/'))
  ok(home.read(`local/${Number(number) % 23}/${number}`).startsWith('Tnosuch'))
  ok(!home.exists(todoPath(number)))
})

test('100 failures of one message are one bounce with 100 paragraphs', async (context) => {
  const { run, home } = await fixture(context, {
    remote: () => 'Dno\n',
    local: () => undefined,
    controls: { concurrencyremote: '120\n' },
  })
  const number = run.inject(base + Array.from({ length: 100 }, (_, i) => `Tu${i}@remote.example\0`).join(''))
  const bounce = await bounceOf(run, number)
  equal(new Set(stored(home, bounce).match(/^<u\d+@remote\.example>:\nno\n\n/gm)).size, 100)
})
