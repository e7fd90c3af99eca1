/** `jsmail queue` and `show` over real queue directories: lines, JSON, filters, damage, messages in motion. */
import assert from 'node:assert/strict'
import { unlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileSystem } from '../../../../../lib/queue/by-file.ts'
import { classicKeeper } from '../../../../../lib/queue/classic-keeper.ts'
import type { Kept, QueueKeeper } from '../../../../../lib/queue/keeper.ts'
import { bouncePath, channelPath, infoPath, messPath, todoPath } from '../../../../../lib/queue/paths.ts'
import { duration, size } from '../../../../../src/jsmail/queue/render.ts'
import { SHOWN_BYTES } from '../../../../../src/jsmail/queue/show.ts'
import { walkQueue } from '../../../../../src/jsmail/queue/walk.ts'
import { jsmail } from '../../../../helpers/jsmail.ts'
import { type QueueHome, queueHome } from '../../../../helpers/queue-home.ts'

const now = 1_700_000_000
const at = { now: () => now * 1000 }

interface Files {
  readonly info?: string
  readonly local?: string
  readonly remote?: string
  readonly bounce?: string
  readonly ageSeconds?: number
  readonly message?: string
}

function place(home: QueueHome, { info = 'Fs@d\0', ageSeconds = 60, message, ...files }: Files): string {
  const number = home.enqueue('', message)
  unlinkSync(home.path(todoPath(number)))
  unlinkSync(home.path(`intd/${number}`))
  home.write(infoPath(number), info)
  home.setTimes(infoPath(number), now - ageSeconds, now - ageSeconds)
  for (const channel of ['local', 'remote'] as const) {
    const content = files[channel]
    if (content === undefined) continue
    home.write(channelPath(channel, number), content)
    home.setTimes(channelPath(channel, number), now, now)
  }
  if (files.bounce !== undefined) home.write(bouncePath(number), files.bounce)
  return number
}

/** The lines of descriptor 1, which are UTF-8. */
function parsed(out: string) {
  const lines = Buffer.from(out, 'latin1').toString('utf8').trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line))
}

test('an empty queue says so', async (t) => {
  const { home } = queueHome(t)
  const { code, out, err } = await jsmail(home, ['queue'])
  assert.deepEqual([code, out, err], [0, 'The queue is empty.\n', ''])
})

test('a message that send has not seen is new, with its sender and recipients', async (t) => {
  const home = queueHome(t)
  const number = home.enqueue('u7\0p8\0Fjoe@x\0p;1 M RET=HDRS\0Ta b@y\0Tc@z\0', 'x'.repeat(2048))
  home.setTimes(todoPath(number), now - 8, now - 8)
  const { code, out } = await jsmail(home.home, ['queue', 'list'], at)
  assert.equal(code, 0)
  assert.equal(
    out,
    `${number}  2.0 KB  new, 8 s old  <joe@x>\n            a_b@y  new\n            c@z  new\n` +
      '1 message, 1 of them new, 2.0 KB\n',
  )
})

test('a message that send has taken up shows its age and each recipient with its state', async (t) => {
  const home = queueHome(t)
  const number = place(home, {
    info: 'Fjoe@x\0',
    local: 'Dyou@y\0',
    remote: 'Ta b\n@z\0',
    bounce: '<q@z>:\nno\n\n',
    ageSeconds: 7800,
  })
  home.setTimes(channelPath('remote', number), now, now + 90)
  const { out } = await jsmail(home.home, ['queue'], at)
  assert.equal(
    out,
    `${number}  17 bytes  2 h 10 min old  <joe@x>  bouncing\n    local   you@y  done\n` +
      '    remote  a_b/@z  waiting, next try in 1 min 30 s\n1 message, 17 bytes\n',
  )
})

test("send's log tells the last answer of each recipient", async (t) => {
  const home = queueHome(t)
  const number = place(home, { remote: 'Ta b@z\0Tother@z\0' })
  const log = `${home.home}/log`
  writeFileSync(
    log,
    `@4000 starting delivery 3: msg ${number} to remote a_b@z\n@4001 delivery 3: deferral: Connected,_but_no/\n`,
  )
  const { out } = await jsmail(home.home, ['queue', '--log', log], at)
  assert.match(
    out,
    /a_b@z {2}waiting\n {12}deferral: Connected,_but_no\/\n {4}remote {2}other@z {2}waiting\n1 /,
  )
  const found = await jsmail(home.home, ['queue', '--json', '--answer', 'connected, BUT', '--log', log], at)
  assert.deepEqual(JSON.parse(found.out).recipients[0].answer, {
    outcome: 'deferral',
    text: 'Connected,_but_no/',
  })
  const missed = await jsmail(home.home, ['queue', '--answer', 'refused', '--log', log], at)
  assert.equal(missed.out, 'No message fits.\n')
})

test('JSON is one object a line; bytes that are no UTF-8 stand beside it in hexadecimal', async (t) => {
  const home = queueHome(t)
  const number = place(home, { info: 'Fj\xc3\xb6@x\0', remote: 'Db\xf6b@y\0Tc@z\0', ageSeconds: 60 })
  const fresh = home.enqueue('Fa@b\0Tc@d\0')
  home.setTimes(todoPath(fresh), now, now)
  const { out } = await jsmail(home.home, ['queue', '--json'], at)
  assert.deepEqual(parsed(out), [
    {
      number: fresh,
      state: 'new',
      sizeBytes: 17,
      queued: '2023-11-14T22:13:20Z',
      sender: 'a@b',
      bouncing: false,
      recipients: [{ address: 'c@d', done: false }],
    },
    {
      number,
      state: 'preprocessed',
      sizeBytes: 17,
      queued: '2023-11-14T22:12:20Z',
      sender: 'jö@x',
      bouncing: false,
      recipients: [
        { address: 'b\ufffdb@y', addressHex: '62f6624079', channel: 'remote', done: true },
        { address: 'c@z', channel: 'remote', done: false, nextTry: '2023-11-14T22:13:20Z' },
      ],
    },
  ])
})

test('filters choose by age, sender, recipient and domain, and all must fit', async (t) => {
  const home = queueHome(t)
  const old = place(home, { info: 'Fjoe@x\0', remote: 'Ta@one.example\0', ageSeconds: 7300 })
  const young = place(home, { info: 'F\0', local: 'Tb@Two.example\0Db@three.example\0', ageSeconds: 60 })
  const shown = async (...options: string[]): Promise<string[]> => {
    const { code, out } = await jsmail(home.home, ['queue', '--json', ...options], at)
    assert.equal(code, 0)
    return out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).number as string]))
  }
  assert.deepEqual((await shown()).sort(), [old, young].sort())
  assert.deepEqual(await shown('--older', '2h'), [old])
  assert.deepEqual(await shown('--younger', '2h'), [young])
  assert.deepEqual(await shown('--older', '7300s'), [])
  assert.deepEqual(await shown('--sender', 'JOE@*'), [old])
  assert.deepEqual(await shown('--sender', ''), [young])
  assert.deepEqual(await shown('--sender', '<>'), [young])
  assert.deepEqual(await shown('--recipient', '*@two.example'), [young])
  assert.deepEqual(await shown('--recipient', '*@three.example'), [])
  assert.deepEqual(await shown('--domain', 'TWO.EXAMPLE'), [young])
  assert.deepEqual(await shown('--domain', 'example'), [])
  assert.deepEqual(await shown('--domain', 'one.example', '--sender', ''), [])
  assert.deepEqual(await shown('--answer', 'anything'), [])
})

test('a damaged message is a line and 111, and stops nothing', async (t) => {
  const home = queueHome(t)
  const torn = place(home, { info: 'Fno end' })
  const odd = place(home, { local: 'Ta@b\0Xc@d\0' })
  const textless = place(home, {})
  unlinkSync(home.path(messPath(textless)))
  home.write(todoPath('77'), 'Fa@b\0')
  const good = place(home, { info: 'Fgood@x\0' })
  const { code, out } = await jsmail(home.home, ['queue'], at)
  assert.equal(code, 111)
  for (const line of [
    `${torn}  unable to open ${infoPath(torn)}: damaged file`,
    `${odd}  unable to parse ${channelPath('local', odd)}: damaged file`,
    `${textless}  unable to stat ${messPath(textless)}: file does not exist`,
    '77  unable to stat mess/8/77: file does not exist',
  ])
    assert.ok(out.includes(`${line}\n`), `${line}\n${out}`)
  assert.ok(out.includes(`${good}  17 bytes  1 min old  <good@x>\n`))
  const json = await jsmail(home.home, ['queue', '--json'], at)
  assert.ok(json.out.includes(`{"number":"77","trouble":"unable to stat mess/8/77: file does not exist"}\n`))
})

function valueOf<T>(kept: Kept<T>): T {
  assert.ok(kept.ok, kept.ok ? '' : `${kept.failure.doing} ${kept.failure.file}`)
  return kept.value
}

test('a message that leaves between two looks is no trouble', async (t) => {
  const home = queueHome(t)
  const number = place(home, { local: 'Ta@b\0' })
  const keeper = classicKeeper(fileSystem(home.queue))
  const leaving: QueueKeeper = {
    ...keeper,
    scheduled: {
      ...keeper.scheduled,
      facts: async (each) => {
        valueOf(await keeper.scheduled.removeInfo(number))
        return keeper.scheduled.facts(each)
      },
    },
  }
  const seen = []
  for await (const message of walkQueue(leaving)) seen.push(message)
  assert.deepEqual(seen, [])
})

test('a message that send takes up while it is looked at is met once, and whole', async (t) => {
  const home = queueHome(t)
  const number = home.enqueue('Fa@b\0Tc@d\0')
  const keeper = classicKeeper(fileSystem(home.queue))
  const moving: QueueKeeper = {
    ...keeper,
    todo: {
      ...keeper.todo,
      envelope: async (each) => {
        const work = valueOf(await keeper.todo.preprocess(number))
        valueOf(await work.addSender('a@b'))
        valueOf(await work.addRecipient('local', 'c@d'))
        valueOf(await work.commit())
        valueOf(await keeper.removal.removeTodo(number))
        return keeper.todo.envelope(each)
      },
    },
  }
  const seen = []
  for await (const { recipients, isNew } of walkQueue(moving))
    seen.push({ isNew, to: recipients[0]?.address })
  assert.deepEqual(seen, [{ isNew: false, to: 'c@d' }])
})

test('show tells parameters, bounce and header, safe for a terminal', async (t) => {
  const home = queueHome(t)
  const number = place(home, {
    info: 'Fjoe@x\0x1 M RET=HDRS\0x1 R 0 NOTIFY=NEVER\0',
    remote: 'Ta@z\0',
    bounce: '<b@z>:\nno \x1b[31mway\n\n',
    message: 'Received: x\nSubject: \xe9\x9b\n\nbody\n\nmore\n',
  })
  const { code, out } = await jsmail(home.home, ['queue', 'show', number], at)
  assert.equal(code, 0)
  assert.equal(
    out,
    `${number}  36 bytes  1 min old  <joe@x>  bouncing\n    remote  a@z  waiting\n    since 2023-11-14T22:12:20Z\n` +
      '    parameters:\n        M RET=HDRS\n        R 0 NOTIFY=NEVER\n' +
      '    the sender will be told:\n        <b@z>:\n        no _[31mway\n' +
      '    header:\n        Received: x\n        Subject: __\n',
  )
  const [json] = parsed((await jsmail(home.home, ['queue', 'show', number, '--json'], at)).out)
  assert.deepEqual(
    [json.number, json.parameters, json.header, json.headerHex?.length],
    [number, ['M RET=HDRS', 'R 0 NOTIFY=NEVER'], 'Received: x\nSubject: \ufffd\n', 48],
  )
})

test('show --message is the message, byte for byte', async (t) => {
  const home = queueHome(t)
  const message = Array.from({ length: 300_000 }, (_, byte) => String.fromCharCode(byte & 255)).join('')
  const number = place(home, { message })
  const { code, out } = await jsmail(home.home, ['queue', 'show', '--message', number])
  assert.deepEqual([code, out === message], [0, true])
})

test('show takes new messages, and a number that is not there is 1', async (t) => {
  const home = queueHome(t)
  const number = home.enqueue('Fa@b\0Tc@d\0', 'no empty line')
  const { code, out, err } = await jsmail(home.home, ['queue', 'show', '5', number])
  assert.deepEqual([code, err], [1, 'jsmail: 5: not in the queue\n'])
  assert.match(out, /<a@b>\n {12}c@d {2}new\n {4}queued .*\n {4}header:\n {8}no empty line\n$/)
})

test('a header without end is shown up to 65,536 bytes', async (t) => {
  const home = queueHome(t)
  const number = place(home, { message: 'x'.repeat(SHOWN_BYTES + 100) })
  const { out } = await jsmail(home.home, ['queue', 'show', number, '--json'])
  assert.equal(JSON.parse(out).header.length, SHOWN_BYTES)
})

test('sizes and times are said in units that people read', () => {
  assert.deepEqual([0, 1023, 1024, 5_368_709_120].map(size), ['0 bytes', '1023 bytes', '1.0 KB', '5.0 GB'])
  assert.deepEqual([-5, 0, 59, 60, 3600 * 26, 86_400 + 5].map(duration), [
    '0 s',
    '0 s',
    '59 s',
    '1 min',
    '1 d 2 h',
    '1 d',
  ])
})
