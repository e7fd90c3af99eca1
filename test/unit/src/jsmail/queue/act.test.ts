/** remove, bounce and retry on real queue directories: with send's mutex free, and with somebody holding it. */
import assert from 'node:assert/strict'
import { closeSync, mkdirSync, openSync, unlinkSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { lowerAscii } from '../../../../../lib/bytes/bytes.ts'
import { tryLock } from '../../../../../lib/os/os.ts'
import { fileSystem } from '../../../../../lib/queue/by-file.ts'
import { classicKeeper } from '../../../../../lib/queue/classic-keeper.ts'
import { bouncePath, channelPath, infoPath, messPath, todoPath } from '../../../../../lib/queue/paths.ts'
import { original } from '../../../../../src/jsmail/queue/bounce.ts'
import { holdMutex } from '../../../../../src/jsmail/queue/mutex.ts'
import { holderOf } from '../../../../../src/jsmail/queue/sender-process.ts'
import { jsmail } from '../../../../helpers/jsmail.ts'
import { nowSeconds, type QueueHome, queueHome } from '../../../../helpers/queue-home.ts'

interface Files {
  readonly info?: string
  readonly local?: string
  readonly remote?: string
  readonly bounce?: string
}

/** Preprocessed, and due in an hour. */
function place(home: QueueHome, { info = 'Fs@d\0', bounce, ...files }: Files): string {
  const number = home.enqueue('')
  unlinkSync(home.path(todoPath(number)))
  unlinkSync(home.path(`intd/${number}`))
  home.write(infoPath(number), info)
  for (const channel of ['local', 'remote'] as const) {
    const content = files[channel]
    if (content === undefined) continue
    home.write(channelPath(channel, number), content)
    home.setTimes(channelPath(channel, number), nowSeconds(), nowSeconds() + 3600)
  }
  if (bounce !== undefined) home.write(bouncePath(number), bounce)
  return number
}

/** As a running send does; until the end of the test. */
function holdAsSend(t: TestContext, home: QueueHome): void {
  const fd = openSync(home.path('lock/sendmutex'), 'r+')
  assert.ok(tryLock(fd))
  t.after(() => closeSync(fd))
}

test('without send, remove takes every file of a message, whatever its state, and no other', async (t) => {
  const home = queueHome(t)
  const full = place(home, { local: 'Ta@b\0', remote: 'Tc@d\0De@f\0', bounce: '<e@f>:\nno\n\n' })
  const bare = place(home, {})
  const fresh = home.enqueue('Fa@b\0Tc@d\0')
  const begun = home.enqueue('Fa@b\0Tc@d\0')
  home.write(infoPath(begun), 'F')
  home.write(channelPath('remote', begun), 'Tc@')
  const damaged = place(home, { info: '', local: 'Xa@b\0' })
  const other = place(home, { local: 'Tother@x\0' })
  const numbers = [full, bare, fresh, begun, damaged]
  const { code, out, err, events } = await jsmail(home.home, ['queue', 'remove', ...numbers])
  assert.deepEqual([code, err], [0, ''])
  assert.equal(out, numbers.map((number) => `${number}: removed\n`).join(''))
  assert.deepEqual(
    events,
    numbers.map((number) => `remove ${number}`),
  )
  assert.deepEqual(home.files(), [channelPath('local', other), infoPath(other), messPath(other)].sort())
})

test('a removal that cannot go on says why, and what is left is a message', async (t) => {
  const home = queueHome(t)
  const number = place(home, { remote: 'Tc@d\0', bounce: 'x' })
  mkdirSync(home.path(channelPath('local', number)))
  const { code, err, events } = await jsmail(home.home, ['queue', 'remove', number])
  assert.deepEqual([code, events], [111, []])
  assert.equal(err, `jsmail: ${number}: unable to unlink ${channelPath('local', number)}: is a directory\n`)
  assert.deepEqual(home.files(), [channelPath('remote', number), infoPath(number), messPath(number)].sort())
})

test('beside a running send, remove marks every recipient and forgets the bounce', async (t) => {
  const home = queueHome(t)
  const number = place(home, { local: 'Ta@b\0', remote: 'Tc@d\0De@f\0', bounce: '<e@f>:\nno\n\n' })
  holdAsSend(t, home)
  const { code, out } = await jsmail(home.home, ['queue', 'remove', number])
  assert.equal(code, 0)
  assert.equal(out, `${number}: will not be delivered; send removes it when its next attempt is due\n`)
  assert.equal(home.read(channelPath('local', number)), 'Da@b\0')
  assert.equal(home.read(channelPath('remote', number)), 'Dc@d\0De@f\0')
  assert.deepEqual(
    home.files(),
    [messPath(number), infoPath(number), channelPath('local', number), channelPath('remote', number)].sort(),
  )
})

test('beside a running send, what waits in todo is left alone', async (t) => {
  const home = queueHome(t)
  const number = home.enqueue('Fa@b\0Tc@d\0')
  holdAsSend(t, home)
  const before = home.files()
  for (const command of ['remove', 'bounce']) {
    const { code, out, err, events } = await jsmail(home.home, ['queue', command, number])
    assert.deepEqual([code, out, events], [111, '', []])
    assert.match(err, new RegExp(`^jsmail: ${number}: send `))
  }
  assert.deepEqual(home.files(), before)
})

test('a number that is not in the queue is 1, and the others are done', async (t) => {
  const home = queueHome(t)
  const number = place(home, { local: 'Ta@b\0' })
  for (const command of ['retry', 'bounce', 'remove']) {
    const { code, err, out } = await jsmail(home.home, ['queue', command, '5', number])
    assert.deepEqual([code, err], [1, 'jsmail: 5: not in the queue\n'])
    assert.match(out, new RegExp(`^${number}: `))
  }
})

test('bounce stores a paragraph for each recipient that is left, marks it, and makes the message due', async (t) => {
  const home = queueHome(t)
  home.control('virtualdomains', 'Virt.example:alias-virt\nbob@special.example:alias-bob\n')
  const number = place(home, {
    local: 'Talias-virt-x@virt.example\0Talias-bob-bob@special.example\0',
    remote: 'Todd\none@z\0Ddone@z\0',
    bounce: '<before@z>:\nno\n\n',
  })
  const { code, out, events } = await jsmail(home.home, ['queue', 'bounce', number])
  assert.equal(code, 0)
  assert.equal(out, `${number}: given up for 3 recipients; the sender is told when its next attempt is due\n`)
  assert.deepEqual(events, [`bounce ${number}`])
  const text = 'The postmaster of this host has taken the message out of its queue. (#5.0.0)\n\n'
  assert.equal(
    home.read(bouncePath(number)),
    `<before@z>:\nno\n\n<x@virt.example>:\n${text}<alias-bob-bob@special.example>:\n${text}<odd_one@z>:\n${text}`,
  )
  assert.equal(
    home.read(channelPath('local', number)),
    'Dalias-virt-x@virt.example\0Dalias-bob-bob@special.example\0',
  )
  assert.equal(home.read(channelPath('remote', number)), 'Dodd\none@z\0Ddone@z\0')
  for (const channel of ['local', 'remote'] as const)
    assert.ok(Math.abs(home.mtime(channelPath(channel, number)) - nowSeconds()) < 5)
  const again = await jsmail(home.home, ['queue', 'bounce', number])
  assert.equal(again.out, `${number}: has no recipient that is waited for\n`)
})

test('the reason may be given, and has no empty lines', async (t) => {
  const home = queueHome(t)
  const number = place(home, { remote: 'Ta@b\0' })
  await jsmail(home.home, ['queue', 'bounce', '--reason', 'Spam.\n\nSorry.\n', number])
  assert.equal(home.read(bouncePath(number)), '<a@b>:\nSpam.\nSorry.\n\n')
})

test('a sender who wants to hear of no failure hears of none', async (t) => {
  const home = queueHome(t)
  const number = place(home, {
    info: 'Fs@d\0x1 R 0 ORCPT=rfc822;a@b NOTIFY=NEVER\0x1 L 0 NOTIFY=FAILURE\0x1 L 5 notify=never\0',
    local: 'Tl@x\0Tm@x\0',
    remote: 'Ta@b\0',
  })
  await jsmail(home.home, ['queue', 'bounce', '--reason', 'no', number])
  assert.equal(home.read(bouncePath(number)), '<l@x>:\nno\n\n')
  assert.equal(home.read(channelPath('remote', number)), 'Da@b\0')
})

test('when the bounce cannot be stored the recipient is kept', async (t) => {
  const home = queueHome(t)
  const number = place(home, { remote: 'Ta@b\0' })
  const keeper = classicKeeper(fileSystem(home.queue))
  const { code, err, events } = await jsmail(home.home, ['queue', 'bounce', number], {
    openQueue: () => ({
      ...keeper,
      bounces: { ...keeper.bounces, append: () => keeper.scheduled.setDue('1', 'local', 0) },
    }),
  })
  assert.deepEqual([code, events], [111, []])
  assert.equal(err, `jsmail: ${number}: unable to utime local/1/1: file does not exist\n`)
  assert.equal(home.read(channelPath('remote', number)), 'Ta@b\0')
})

test('a bounce of a message that send has ended in this moment does not stay behind', async (t) => {
  const home = queueHome(t)
  const number = place(home, { remote: 'Ta@b\0' })
  const keeper = classicKeeper(fileSystem(home.queue))
  let pauses = 0
  const { code } = await jsmail(home.home, ['queue', 'bounce', number], {
    openQueue: () => ({
      ...keeper,
      bounces: {
        ...keeper.bounces,
        append: async (...paragraph) => {
          // Its delivery ends here: marked, the channel over, the message about to be.
          await keeper.scheduled.removeChannel(number, 'remote')
          return keeper.bounces.append(...paragraph)
        },
      },
    }),
    pause: async () => {
      if (++pauses === 2) await keeper.scheduled.removeInfo(number)
    },
  })
  assert.equal(code, 0)
  assert.equal(pauses, 2)
  assert.deepEqual(home.files(), [messPath(number)])
})

test('without the user of send nothing bounces', async (t) => {
  const home = queueHome(t)
  const number = place(home, { remote: 'Ta@b\0' })
  const { code, err } = await jsmail(home.home, ['queue', 'bounce', number], {
    becomeSender: () => 'unable to find user qmails',
  })
  assert.deepEqual([code, err], [111, 'jsmail: unable to find user qmails\n'])
  assert.equal(home.exists(bouncePath(number)), false)
})

test('without send, retry makes a message due', async (t) => {
  const home = queueHome(t)
  const [one, other] = [place(home, { local: 'Ta@b\0', remote: 'Tc@d\0' }), place(home, { remote: 'Tc@d\0' })]
  const { code, out } = await jsmail(home.home, ['queue', 'retry', one])
  assert.deepEqual([code, out], [0, `${one}: is tried as soon as send starts\n`])
  const dueIn = (number: string, channel: 'local' | 'remote'): number =>
    home.mtime(channelPath(channel, number)) - nowSeconds()
  assert.ok(dueIn(one, 'local') <= 0 && dueIn(one, 'remote') <= 0)
  assert.ok(dueIn(other, 'remote') > 3000)
  const all = await jsmail(home.home, ['queue', 'retry', '--all'])
  assert.deepEqual([all.code, all.out], [0, '2 messages are tried as soon as send starts\n'])
  assert.ok(dueIn(other, 'remote') <= 0)
})

test('a running send can be told to try everything, and nothing less', async (t) => {
  const home = queueHome(t)
  const number = place(home, { local: 'Ta@b\0' })
  holdAsSend(t, home)
  const one = await jsmail(home.home, ['queue', 'retry', number])
  assert.equal(one.code, 111)
  assert.match(one.err, /^jsmail: send runs, .* --all\n$/)
  assert.ok(home.mtime(channelPath('local', number)) > nowSeconds() + 3000)
  const all = await jsmail(home.home, ['queue', 'retry', '--all'])
  assert.deepEqual([all.code, all.out], [0, `send (process ${process.pid}) tries everything now\n`])
  assert.deepEqual(all.events, [`alarm ${process.pid}`])
  const unseen = await jsmail(home.home, ['queue', 'retry', '--all'], { findSend: () => undefined })
  assert.deepEqual([unseen.code, unseen.events], [111, []])
})

test('while a command changes files, send cannot start, and afterwards it can', async (t) => {
  const home = queueHome(t)
  const number = place(home, { local: 'Ta@b\0' })
  const mutex = home.path('lock/sendmutex')
  const keeper = classicKeeper(fileSystem(home.queue))
  let couldStart = true
  await jsmail(home.home, ['queue', 'remove', number], {
    openQueue: () => ({
      ...keeper,
      scheduled: {
        ...keeper.scheduled,
        removeInfo(each) {
          couldStart = holdMutex(mutex) !== undefined
          return keeper.scheduled.removeInfo(each)
        },
      },
    }),
  })
  assert.equal(couldStart, false)
  const held = holdMutex(mutex)
  assert.ok(held !== undefined)
  assert.equal(holderOf(mutex), process.pid)
  held.release()
  assert.equal(holderOf(mutex), undefined)
})

test('the prefix of a virtual domain is taken off by its longest key', () => {
  const map = new Map([
    ['a.b.example', 'one'],
    ['.b.example', 'two'],
    ['', 'all'],
    ['exc.example', ''],
  ])
  const cases: readonly (readonly [string, string])[] = [
    ['one-x@A.b.example', 'x@A.b.example'],
    ['two-x@c.b.example', 'x@c.b.example'],
    ['one-x@c.b.example', 'one-x@c.b.example'],
    ['all-x@other', 'x@other'],
    ['all-x@exc.example', 'all-x@exc.example'],
    ['all-x', 'all-x'],
  ]
  for (const [recipient, expected] of cases)
    assert.equal(original(recipient, map), expected, lowerAscii(recipient))
})
