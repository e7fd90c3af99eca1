/** What send leaves on disk, and what it makes of what it finds there: the cases E. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import * as fs from 'node:fs'
import { describe, test } from 'node:test'
import { bouncePath, channelPath, infoPath, messPath } from '../../../../lib/queue/paths.ts'
import { breathe } from '../../../../src/send/alarm.ts'
import { nowSeconds, type QueueHome } from '../../../helpers/queue-home.ts'
import { caseHome, fixture, remote, startSend } from '../../../helpers/send-fixture.ts'

const base = 'u0\0p4242\0Fjoe@local.example\0'

/** A message that was preprocessed this long ago and waits on a channel since then. */
function aged(
  home: QueueHome,
  ageSeconds: number,
  remoteRecords: string,
  sender = 'joe@local.example',
): string {
  const number = home.enqueue(base)
  for (const file of [`todo/${number}`, `intd/${number}`]) fs.unlinkSync(home.path(file))
  const birth = nowSeconds() - ageSeconds
  home.write(infoPath(number), `F${sender}\0`)
  home.setTimes(infoPath(number), birth, birth)
  home.write(channelPath('remote', number), remoteRecords)
  home.setTimes(channelPath('remote', number), birth, birth)
  return number
}

const rejected = (code: string, recipient: string): string =>
  `<${recipient}>:\n127.0.0.1 does not like recipient.\nRemote host said: ${code}-first line\n` +
  `${code} rejected by rule\nGiving up on 127.0.0.1.\n\n`

describe('after a first pass', () => {
  test('E1: who is done is marked in place, and why is in bounce', async (context) => {
    const { home, run } = await fixture(context, { remote })
    const number = run.inject(`${base}T450a@remote.example\0T550c@remote.example\0`)
    await run.untilLine('delivery 1')
    await run.untilLine('delivery 2')
    equal(home.read(channelPath('remote', number)), 'T450a@remote.example\0D550c@remote.example\0')
    equal(home.read(infoPath(number)), 'Fjoe@local.example\0')
    equal(home.read(bouncePath(number)), rejected('550', '550c@remote.example'))
    for (const file of [channelPath('remote', number), infoPath(number), bouncePath(number)]) {
      equal(home.mode(file), 0o600)
    }
    deepEqual(
      home.files(),
      [bouncePath(number), channelPath('remote', number), infoPath(number), messPath(number)].sort(),
    )
  })

  test('E3: the next attempt is birth + 529 after one at the age of 9 to 15 seconds', async (context) => {
    const home = caseHome(context)
    const number = aged(home, 11, 'T450a@remote.example\0')
    const run = startSend(context, home, { remote })
    await run.untilLine('delivery 1: deferral')
    await run.terminate()
    equal(home.mtime(channelPath('remote', number)), home.mtime(infoPath(number)) + 529)
  })

  test('E4: after a local deferral at once, TERM leaves birth + 100 in the local file', async (context) => {
    // The second may end between birth and attempt: then the age is 1.
    const expected = [100, 121]
    const { home, run } = await fixture(context, { local: () => 'Zlater\n' })
    const number = run.inject(`${base}Tjoe@local.example\0`)
    await run.untilLine('delivery 1: deferral')
    await run.terminate()
    ok(expected.includes(home.mtime(channelPath('local', number)) - home.mtime(infoPath(number))))
  })

  test('a message that waits is not tried before its time, and in the order of times', async (context) => {
    const home = caseHome(context)
    const later = aged(home, 0, 'Tlater@remote.example\0')
    const [second, first] = [
      aged(home, 5, 'Tsecond@remote.example\0'),
      aged(home, 9, 'Tfirst@remote.example\0'),
    ]
    const due = nowSeconds() + 1000
    home.setTimes(channelPath('remote', later), due, due)
    const run = startSend(context, home, { remote })
    await run.untilEnd(second)
    await run.untilEnd(first)
    deepEqual(
      run.remote.commands.map(({ recipient }) => recipient),
      ['first@remote.example', 'second@remote.example'],
    )
  })
})

describe('expiry', () => {
  const controls = { queuelifetime: '1\n' }

  test('E7: an old message that is deferred once more has failed', async (context) => {
    const home = caseHome(context, controls)
    const number = aged(home, 100, 'T451x@remote.example\0')
    const run = startSend(context, home, { remote })
    await run.untilEnd(number)
    const line = run.of(number).find((text) => text.startsWith('delivery')) ?? ''
    ok(
      line.endsWith(
        "Giving_up_on_127.0.0.1./I'm_not_going_to_try_again;_this_message_has_been_in_the_queue_too_long./",
      ),
    )
    ok(line.startsWith('delivery 1: failure: '))
    ok(run.lines.some((text) => text.startsWith(`bounce msg ${number} qp `)))
  })

  test('E8: an old message is still delivered when that works', async (context) => {
    const home = caseHome(context, controls)
    const number = aged(home, 100, 'Tok@remote.example\0')
    const run = startSend(context, home, { remote })
    await run.untilEnd(number)
    ok(run.lines.some((text) => text.startsWith('delivery 1: success: ')))
  })
})

describe('at the start', () => {
  test('E5: what was preprocessed is tried at once when its time has passed, without a new msg', async (context) => {
    const home = caseHome(context)
    const number = aged(home, 3, 'Ddone@remote.example\0Tx@remote.example\0')
    const run = startSend(context, home, { remote })
    await run.untilEnd(number)
    ok(!run.lines.some((line) => line.startsWith('new msg')))
    equal(run.remote.commands.length, 1)
  })

  test('E9: what a crash in preprocessing left is not used', async (context) => {
    const home = caseHome(context)
    const number = home.enqueue(`${base}Tx@remote.example\0`)
    home.write(infoPath(number), 'Fstale@x\0')
    home.write(channelPath('local', number), 'Tstale@local.example\0')
    home.write(channelPath('remote', number), 'Tstale@remote.example\0Tx@remote.exa')
    const run = startSend(context, home, { remote })
    await run.untilEnd(number)
    deepEqual(
      run.remote.commands.map(({ sender, recipient }) => `${sender} ${recipient}`),
      ['joe@local.example x@remote.example'],
    )
    deepEqual(run.local.commands, [])
  })

  test('a message without any channel file ends, with its bounce', async (context) => {
    const home = caseHome(context)
    const number = aged(home, 3, '')
    fs.unlinkSync(home.path(channelPath('remote', number)))
    home.write(bouncePath(number), '<x@y>:\nno\n\n')
    const run = startSend(context, home)
    deepEqual((await run.untilEnd(number)).slice(0, 3), [
      'status: local 0/10 remote 0/20',
      `bounce msg ${number} qp 4711`,
      `end msg ${number}`,
    ])
  })

  test('E11, E12: an orphan of 36 hours is removed, a younger one and a queued message are kept', async (context) => {
    const home = caseHome(context)
    const old = nowSeconds() - 300_000
    const [young, orphan] = [home.enqueue(''), home.enqueue('')]
    for (const number of [young, orphan]) {
      for (const file of [`todo/${number}`, `intd/${number}`]) fs.unlinkSync(home.path(file))
    }
    home.setTimes(messPath(young), nowSeconds() - 129_000, old)
    home.setTimes(messPath(orphan), old, nowSeconds() - 10)
    const waiting = aged(home, 3, 'T450x@remote.example\0')
    home.setTimes(messPath(waiting), old, old)
    const run = startSend(context, home, { remote })
    await run.untilLine('delivery 1')
    while (home.exists(messPath(orphan))) await breathe()
    await run.terminate()
    equal(home.exists(messPath(young)), true)
    equal(home.exists(messPath(waiting)), true)
  })

  test('E23: a message that was queued without the trigger is found by the next start', async (context) => {
    const home = caseHome(context)
    fs.unlinkSync(home.path('lock/trigger'))
    const number = home.enqueue(`${base}Tx@remote.example\0`)
    await startSend(context, home).untilEnd(number)
  })
})

describe('envelopes of other programs', () => {
  test('E15: ids without digits are 0', async (context) => {
    const { run } = await fixture(context)
    const number = run.inject('u\0pxyz\0Fa@b\0Tx@remote.example\0')
    await run.untilEnd(number)
    equal(run.of(number)[1], `info msg ${number}: bytes 17 from <a@b> qp 0 uid 0`)
  })

  test('E16: an unknown record stops its own message at every look, and no other', async (context) => {
    const { home, run } = await fixture(context)
    const bad = run.inject('u0\0p1\0Fa@b\0Xfoo\0Tx@remote.example\0')
    await run.untilLine(`warning: unknown record type in todo/${bad}`)
    const good = run.inject(`${base}Ty@remote.example\0`)
    await run.untilEnd(good)
    await run.until((lines) => lines.filter((line) => line.startsWith('warning:')).length === 2)
    const each = [
      `new msg ${bad}`,
      `info msg ${bad}: bytes 17 from <a@b> qp 1 uid 0`,
      `warning: unknown record type in todo/${bad}`,
    ]
    deepEqual(
      run.lines.filter((line) => each.includes(line)),
      [...each, ...each],
    )
    equal(home.exists(`todo/${bad}`), true)
    equal(run.remote.commands.length, 1)
  })

  test('a carrier that must be understood holds the message in todo', async (context) => {
    const { home, run } = await fixture(context)
    const held = run.inject('Fa@b\0p;!2 M X\0Tx@remote.example\0')
    await run.untilLine(`warning: unknown record type in todo/${held}`)
    equal(home.exists(`todo/${held}`), true)
  })

  test('carriers of version 1 become extra records of info, the log is the same', async (context) => {
    const { home, run } = await fixture(context, { remote })
    const number = run.inject(
      'u0\0p9\0Fa@b\0p;1 M RET=HDRS\0Tjoe@local.example\0T450x@remote.example\0p;1 R NOTIFY=NEVER\0p;2 R X\0',
    )
    await run.untilLine('delivery 1')
    await run.untilLine('delivery 2')
    equal(run.of(number)[1], `info msg ${number}: bytes 17 from <a@b> qp 9 uid 0`)
    equal(home.read(infoPath(number)), 'Fa@b\0x1 M RET=HDRS\0x1 R 0 NOTIFY=NEVER\0')
    equal(home.read(channelPath('remote', number)), 'T450x@remote.example\0')
  })

  test('E17: recipients before the sender, ids at the end', async (context) => {
    const { run } = await fixture(context)
    const number = run.inject('Tx@remote.example\0Fa@b\0u7\0p9\0')
    await run.untilEnd(number)
    equal(run.of(number)[1], `info msg ${number}: bytes 17 from <a@b> qp 0 uid 0`)
    equal(run.remote.commands[0]?.sender, 'a@b')
  })

  test('E19: a last recipient without NUL is dropped', async (context) => {
    const { run } = await fixture(context)
    const number = run.inject(`${base}Tx@remote.example\0Ty@remote.example`)
    await run.untilEnd(number)
    equal(run.remote.commands.length, 1)
  })

  test('E20: an empty envelope is only new', async (context) => {
    const { run } = await fixture(context)
    const number = run.inject('')
    await run.untilEnd(run.inject(base))
    deepEqual(run.of(number).slice(0, 1), [`new msg ${number}`])
    ok(!run.of(number).some((line) => line.startsWith('info msg')))
  })

  test('E21: two senders are two lines, the first is used', async (context) => {
    const { run } = await fixture(context)
    const number = run.inject('Ffirst@x\0Fsecond@x\0Ty@remote.example\0')
    await run.untilEnd(number)
    deepEqual(run.of(number).slice(0, 3), [
      `new msg ${number}`,
      `info msg ${number}: bytes 17 from <first@x> qp 0 uid 0`,
      `info msg ${number}: bytes 17 from <second@x> qp 0 uid 0`,
    ])
    equal(run.remote.commands[0]?.sender, 'first@x')
  })
})

describe('damage', () => {
  test('info without a sender: trouble opening, tried again later, nobody else disturbed', async (context) => {
    const home = caseHome(context)
    const number = aged(home, 3, 'Tx@remote.example\0')
    home.write(infoPath(number), '')
    const run = startSend(context, home)
    await run.untilLine(`warning: trouble opening ${infoPath(number)}; will try again later`)
    await run.untilEnd(run.inject(`${base}Ty@remote.example\0`))
    await run.terminate()
    const again = home.mtime(channelPath('remote', number))
    ok(again >= nowSeconds() + 120 && again <= nowSeconds() + 123)
  })

  test('a foreign record in a channel file: what is before it is delivered, the rest waits', async (context) => {
    const home = caseHome(context)
    const number = aged(home, 3, 'Tx@remote.example\0Qy@remote.example\0Tz@remote.example\0')
    const run = startSend(context, home)
    await run.untilLine('delivery 1: success')
    equal(run.remote.commands.length, 1)
    ok(run.lines.includes(`warning: unknown record type in ${channelPath('remote', number)}!`))
    await run.terminate()
    ok(home.exists(channelPath('remote', number)))
    ok(home.mtime(channelPath('remote', number)) > nowSeconds() + 300)
  })

  test('a channel file that has gone: trouble opening, tried again later', async (context) => {
    const home = caseHome(context)
    const number = aged(home, 3, 'Tx@remote.example\0')
    const later = nowSeconds() + 1
    home.setTimes(channelPath('remote', number), later, later)
    const run = startSend(context, home)
    await run.untilLine('status')
    fs.unlinkSync(home.path(channelPath('remote', number)))
    await run.untilLine(`warning: trouble opening ${channelPath('remote', number)}; will try again later`)
  })

  test('a message that cannot be preprocessed stays in todo, its neighbours are delivered', async (context) => {
    const { home, run } = await fixture(context)
    home.write('todo/77', 'Fa@b\0Tx@remote.example\0')
    const number = run.inject(`${base}Ty@remote.example\0`)
    await run.untilLine('warning: unable to stat mess/8/77')
    await run.untilEnd(number)
    ok(home.exists('todo/77'))
  })

  test('clean cannot remove todo/N: said so, and tried again at the next look', async (context) => {
    const { home, run } = await fixture(context)
    const number = home.enqueue(`${base}Ty@remote.example\0`)
    fs.unlinkSync(home.path(`intd/${number}`))
    fs.mkdirSync(home.path(`intd/${number}`))
    run.pull()
    await run.untilLine(`warning: qmail-clean unable to clean up todo/${number}`)
    fs.rmdirSync(home.path(`intd/${number}`))
    run.pull()
    await run.untilEnd(number)
    equal(run.remote.commands.length, 1)
  })

  test('todo cannot be read: an alert, and everything else goes on', async (context) => {
    const home = caseHome(context)
    const number = aged(home, 3, 'Tx@remote.example\0')
    const later = nowSeconds() + 2
    home.setTimes(channelPath('remote', number), later, later)
    const run = startSend(context, home)
    await run.untilLine('status')
    fs.rmdirSync(home.path('todo'))
    run.pull()
    await run.untilLine('alert: unable to opendir todo, sleeping...')
    fs.mkdirSync(home.path('todo'))
    await run.untilEnd(number)
  })

  test('a directory of channel files is missing: no message counts as done for that', async (context) => {
    const home = caseHome(context)
    const number = aged(home, 3, 'Tx@remote.example\0')
    const directory = `remote/${Number(number) % 23}`
    fs.renameSync(home.path(directory), home.path('elsewhere'))
    const run = startSend(context, home)
    await run.untilLine(`alert: unable to opendir ${directory}, sleeping...`)
    run.signal('SIGTERM')
    await run.ended
    fs.renameSync(home.path('elsewhere'), home.path(directory))
    ok(home.exists(channelPath('remote', number)))
    await startSend(context, home).untilEnd(number)
  })
})

test('200 messages that come at once are all delivered, and their files are gone', async (context) => {
  const { home, run } = await fixture(context)
  const numbers = Array.from({ length: 200 }, () => home.enqueue(`${base}Tx@remote.example\0`))
  run.pull()
  await run.until((lines) => lines.filter((line) => line.startsWith('end msg')).length === numbers.length)
  await run.terminate()
  deepEqual(home.files(), [])
  equal(run.remote.commands.length, numbers.length)
})
