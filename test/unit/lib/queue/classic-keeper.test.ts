import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import * as fs from 'node:fs'
import { describe, test, type TestContext } from 'node:test'
import { byteString } from '../../../../lib/bytes/bytes.ts'
import { mailExtra } from '../../../../lib/envelope/record.ts'
import { fileSystem } from '../../../../lib/queue/by-file.ts'
import { classicKeeper } from '../../../../lib/queue/classic-keeper.ts'
import type { FileSystem } from '../../../../lib/queue/filesystem.ts'
import type { Kept, QueueKeeper } from '../../../../lib/queue/keeper.ts'
import {
  bouncePath,
  type Channel,
  channelPath,
  infoPath,
  messPath,
  type MessageNumber,
  todoPath,
} from '../../../../lib/queue/paths.ts'
import { nowSeconds, type QueueHome, queueHome } from '../../../helpers/queue-home.ts'

function opened(context: TestContext): { home: QueueHome; keeper: QueueKeeper } {
  const home = queueHome(context)
  return { home, keeper: classicKeeper(fileSystem(home.queue)) }
}

/** Another keeper on the same files has no memory of the first: what a restart would see. */
const reopened = (home: QueueHome): QueueKeeper => classicKeeper(fileSystem(home.queue))

function valueOf<T>(kept: Kept<T>): T {
  if (!kept.ok) throw new Error(`${kept.failure.doing} ${kept.failure.file}`, { cause: kept.failure.cause })
  return kept.value
}

function failureOf(kept: Kept<unknown>): string {
  if (kept.ok) throw new Error('no failure')
  return `${kept.failure.doing} ${kept.failure.file}`
}

async function all<T>(chunks: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = []
  for await (const chunk of chunks) found.push(...chunk)
  return found
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of chunks) text += byteString(chunk)
  return text
}

async function preprocess(
  home: QueueHome,
  keeper: QueueKeeper,
  sender: string,
  recipients: readonly (readonly [Channel, string])[],
): Promise<MessageNumber> {
  const number = home.enqueue(`F${sender}\0`)
  const work = valueOf(await keeper.todo.preprocess(number))
  valueOf(await work.addSender(sender))
  for (const [channel, recipient] of recipients) valueOf(await work.addRecipient(channel, recipient))
  valueOf(await work.commit())
  valueOf(await keeper.removal.removeTodo(number))
  return number
}

async function recipientsOf(keeper: QueueKeeper, number: MessageNumber, channel: Channel) {
  const reader = valueOf(await keeper.scheduled.recipients(number, channel))
  const found: string[] = []
  for (let more = valueOf(await reader.read()); more !== undefined; more = valueOf(await reader.read())) {
    for (const { offset, isDone, recipient } of more)
      found.push(`${isDone ? 'D' : 'T'}${offset} ${recipient}`)
  }
  await reader.close()
  return found
}

describe('todo', () => {
  test('numbers wait, other names are passed over', async (context) => {
    const { home, keeper } = opened(context)
    const number = home.enqueue('Fa@b\0')
    home.write('todo/not-a-number', '')
    home.write('todo/12x', '')
    deepEqual(await all(keeper.todo.waiting()), [number])
  })

  test('the envelope is read to its end, the size is that of the message', async (context) => {
    const { home, keeper } = opened(context)
    const number = home.enqueue('u0\0Fa@b\0', 'twelve bytes')
    const work = valueOf(await keeper.todo.preprocess(number))
    equal(work.sizeBytes, 12)
    equal(byteString(valueOf(await work.read()) ?? new Uint8Array()), 'u0\0Fa@b\0')
    equal(valueOf(await work.read()), undefined)
    await work.abandon()
  })

  test('an envelope of two megabytes comes in chunks of 64 KiB', async (context) => {
    const { home, keeper } = opened(context)
    const number = home.enqueue(`Fa@b\0${'Tx@y\0'.repeat(400_000)}`)
    const work = valueOf(await keeper.todo.preprocess(number))
    let total = 0
    for (let chunk = valueOf(await work.read()); chunk !== undefined; chunk = valueOf(await work.read())) {
      ok(chunk.length <= 65536)
      total += chunk.length
    }
    equal(total, 2_000_005)
    await work.abandon()
  })

  test('info and channel files hold what was added and are for their owner only', async (context) => {
    const { home, keeper } = opened(context)
    const number = await preprocess(home, keeper, 's@d', [
      ['remote', 'a@b'],
      ['local', 'c@d'],
      ['remote', 'e@f'],
    ])
    equal(home.read(infoPath(number)), 'Fs@d\0')
    equal(home.read(channelPath('local', number)), 'Tc@d\0')
    equal(home.read(channelPath('remote', number)), 'Ta@b\0Te@f\0')
    for (const file of [infoPath(number), channelPath('local', number), channelPath('remote', number)]) {
      equal(home.mode(file), 0o600)
    }
  })

  test('a channel without recipients has no file', async (context) => {
    const { home, keeper } = opened(context)
    const number = await preprocess(home, keeper, 's@d', [])
    deepEqual(home.files(), [infoPath(number), messPath(number)].sort())
  })

  test('100,000 recipients are written through a buffer, each at the offset that was told', async (context) => {
    const { home, keeper } = opened(context)
    const number = home.enqueue('F\0')
    const work = valueOf(await keeper.todo.preprocess(number))
    valueOf(await work.addSender(''))
    let last = 0
    for (let i = 0; i < 100_000; i++) last = valueOf(await work.addRecipient('local', `user${i}@example.org`))
    deepEqual(valueOf(await work.commit()), ['local'])
    const file = home.read(channelPath('local', number))
    equal(file.slice(last), 'Tuser99999@example.org\0')
    equal((await recipientsOf(keeper, number, 'local')).length, 100_000)
  })

  test('E9: what an interrupted attempt left is removed, a stale bounce too', async (context) => {
    const { home, keeper } = opened(context)
    const number = home.enqueue('Fa@b\0')
    home.write(infoPath(number), 'Fstale@x\0')
    home.write(channelPath('local', number), 'Tstale@x\0')
    home.write(channelPath('remote', number), 'Tstale@x\0')
    home.write(bouncePath(number), '<stale@x>:\n')
    const work = valueOf(await keeper.todo.preprocess(number))
    await work.abandon()
    deepEqual(
      home.files().filter((file) => !/^(mess|todo|intd)/.test(file)),
      [infoPath(number)],
    )
    equal(home.read(infoPath(number)), '')
  })

  test('an envelope can be read without being taken up', async (context) => {
    const { home, keeper } = opened(context)
    const recipients = Array.from({ length: 10_000 }, (_, at) => `Tuser${at}@example.org\0`).join('')
    const number = home.enqueue(`u7\0p8\0Fs@d\0${recipients}`)
    home.setTimes(todoPath(number), 1000, 1000)
    const before = home.files()
    const envelope = valueOf(await keeper.todo.envelope(number))
    equal(envelope.queuedSeconds, 1000)
    const letters: string[] = []
    for (let more = valueOf(await envelope.read()); more !== undefined; more = valueOf(await envelope.read()))
      letters.push(...more.map(({ letter }) => letter))
    await envelope.close()
    equal(letters.join(''), `upF${'T'.repeat(10_000)}`)
    deepEqual(home.files(), before)
    equal(failureOf(await keeper.todo.envelope('77')), 'open todo/77')
  })

  test('trouble names what was done to which file', async (context) => {
    const { home, keeper } = opened(context)
    equal(failureOf(await keeper.todo.preprocess('77')), 'open todo/77')
    home.write('todo/77', 'Fa@b\0')
    equal(failureOf(await keeper.todo.preprocess('77')), 'stat mess/8/77')
    home.write('mess/8/77', '')
    fs.mkdirSync(home.path('local/8/77'))
    equal(failureOf(await keeper.todo.preprocess('77')), 'unlink local/8/77')
    fs.rmdirSync(home.path('local/8/77'))
    fs.rmSync(home.path('info/8'), { recursive: true })
    equal(failureOf(await keeper.todo.preprocess('77')), 'create info/8/77')
  })
})

describe('scheduled messages', () => {
  test('what another has changed since preprocessing is read from the files', async (context) => {
    const { home, keeper } = opened(context)
    const number = await preprocess(home, keeper, 's@d', [
      ['local', 'a@b'],
      ['remote', 'c@d'],
    ])
    const other = reopened(home)
    // A change within the same tick of the kernel's clock as the writing cannot be told from it.
    const { ctimeMs } = fs.statSync(home.path(channelPath('remote', number)))
    while (Date.now() < ctimeMs + 20) valueOf(await other.scheduled.standing(number))
    valueOf(await other.scheduled.markDone(number, 'local', 0))
    home.setTimes(infoPath(number), 1000, 1000)
    deepEqual(await recipientsOf(keeper, number, 'local'), ['D0 a@b'])
    deepEqual(await recipientsOf(keeper, number, 'remote'), ['T0 c@d'])
    deepEqual(valueOf(await keeper.scheduled.facts(number)), { sender: 's@d', birthSeconds: 1000 })
  })

  test('all that are left are marked at once, after somebody was told', async (context) => {
    const { home, keeper } = opened(context)
    const number = await preprocess(home, keeper, 's@d', [
      ['remote', 'a@b'],
      ['remote', 'c@d'],
      ['remote', 'e@f'],
    ])
    const path = channelPath('remote', number)
    valueOf(await keeper.scheduled.markDone(number, 'remote', 5))
    const told: string[] = []
    const marked = await keeper.scheduled.markAllDone(number, 'remote', async (recipients) => {
      equal(home.read(path), 'Ta@b\0Dc@d\0Te@f\0')
      told.push(...recipients.map(({ recipient }) => recipient))
      return { ok: true, value: undefined }
    })
    equal(valueOf(marked), 2)
    deepEqual(told, ['a@b', 'e@f'])
    equal(home.read(path), 'Da@b\0Dc@d\0De@f\0')
    equal(
      valueOf(await keeper.scheduled.markAllDone(number, 'remote', () => Promise.reject(new Error('told')))),
      0,
    )
  })

  test('when telling fails nothing more is marked', async (context) => {
    const { home, keeper } = opened(context)
    const recipients = Array.from({ length: 20_000 }, (_, at) => ['local', `user${at}@b`] as const)
    const number = await preprocess(home, keeper, 's@d', recipients)
    let calls = 0
    const marked = await keeper.scheduled.markAllDone(number, 'local', async () =>
      calls++ === 0 ? { ok: true, value: undefined } : keeper.scheduled.setDue('1', 'local', 0),
    )
    equal(failureOf(marked), 'utime local/1/1')
    const letters = [...home.read(channelPath('local', number)).matchAll(/(?:^|\0)([TD])/g)].map(
      ([, one]) => one,
    )
    const first = letters.indexOf('T')
    ok(first > 1000 && first < 20_000)
    equal(letters.lastIndexOf('D'), first - 1)
  })

  test('marking all of a damaged file, or of none, is trouble', async (context) => {
    const { home, keeper } = opened(context)
    const number = await preprocess(home, keeper, 's@d', [])
    const mark = () =>
      keeper.scheduled.markAllDone(number, 'local', async () => ({ ok: true, value: undefined }))
    equal(failureOf(await mark()), `open ${channelPath('local', number)}`)
    home.write(channelPath('local', number), 'Ta@b\0Xc@d\0Te@f\0')
    equal(failureOf(await mark()), `parse ${channelPath('local', number)}`)
    equal(home.read(channelPath('local', number)), 'Da@b\0Xc@d\0Te@f\0')
  })

  test('a message stands where its files are, due when its channel file says', async (context) => {
    const { home, keeper } = opened(context)
    const number = await preprocess(home, keeper, 's@d', [['remote', 'a@b']])
    home.setTimes(channelPath('remote', number), 5, 1_234_567_890)
    const expected = { number, isTodo: false, hasInfo: true, due: { remote: 1_234_567_890 } }
    deepEqual(valueOf(await keeper.scheduled.standing(number)), expected)
    home.write('info/3/foreign-name', '')
    deepEqual(await all(keeper.scheduled.all()), [{ number, ok: true, value: expected }])
    home.write(todoPath(number), '')
    equal(valueOf(await keeper.scheduled.standing(number)).isTodo, true)
    deepEqual(await all(keeper.scheduled.all()), [{ number, ok: true, value: { ...expected, isTodo: true } }])
  })

  test('a directory that is missing is trouble, not emptiness', async (context) => {
    const { home, keeper } = opened(context)
    fs.rmdirSync(home.path('remote/7'))
    await rejects(all(keeper.scheduled.all()), { directory: 'remote/7' })
    fs.rmdirSync(home.path('todo'))
    await rejects(all(keeper.todo.waiting()), { directory: 'todo' })
    fs.rmdirSync(home.path('mess/22'))
    await rejects(all(keeper.removal.messages()), { directory: 'mess/22' })
  })

  test('facts are the sender and the mtime of info, from memory and from the file alike', async (context) => {
    const { home, keeper } = opened(context)
    const number = await preprocess(home, keeper, 's@d', [['local', 'a@b']])
    const expected = { sender: 's@d', birthSeconds: home.mtime(infoPath(number)) }
    deepEqual(valueOf(await keeper.scheduled.facts(number)), expected)
    deepEqual(valueOf(await reopened(home).scheduled.facts(number)), expected)
  })

  test('extra records of info are kept and do not disturb the facts', async (context) => {
    const { home, keeper } = opened(context)
    const number = home.enqueue('Fa@b\0')
    const work = valueOf(await keeper.todo.preprocess(number))
    valueOf(await work.addSender('a@b'))
    valueOf(await work.addExtra(mailExtra('RET=HDRS')))
    valueOf(await work.commit())
    equal(home.read(infoPath(number)), 'Fa@b\0x1 M RET=HDRS\0')
    equal(valueOf(await reopened(home).scheduled.facts(number)).sender, 'a@b')
    const extras: string[] = []
    for await (const extra of keeper.scheduled.extras(number)) extras.push(extra)
    deepEqual(extras, ['x1 M RET=HDRS'])
  })

  test('the first of two senders counts', async (context) => {
    const { home, keeper } = opened(context)
    const number = home.enqueue('Fa@b\0')
    const work = valueOf(await keeper.todo.preprocess(number))
    valueOf(await work.addSender('first@x'))
    valueOf(await work.addSender('second@x'))
    valueOf(await work.commit())
    equal(valueOf(await keeper.scheduled.facts(number)).sender, 'first@x')
    equal(valueOf(await reopened(home).scheduled.facts(number)).sender, 'first@x')
  })

  test('an info file without a sender cannot be opened, whether empty, torn or missing', async (context) => {
    const { home, keeper } = opened(context)
    for (const content of ['', 'Fa@b', 'Xa\0Fa@b\0']) {
      home.write('info/8/77', content)
      equal(failureOf(await keeper.scheduled.facts('77')), 'open info/8/77')
    }
    equal(failureOf(await keeper.scheduled.facts('78')), 'open info/9/78')
  })

  test('recipients come from memory once, then from the file, with their marks', async (context) => {
    const { home, keeper } = opened(context)
    const number = await preprocess(home, keeper, 's@d', [
      ['local', 'a@b'],
      ['local', 'c@d'],
    ])
    deepEqual(await recipientsOf(keeper, number, 'local'), ['T0 a@b', 'T5 c@d'])
    valueOf(await keeper.scheduled.markDone(number, 'local', 5))
    equal(home.read(channelPath('local', number)), 'Ta@b\0Dc@d\0')
    deepEqual(await recipientsOf(keeper, number, 'local'), ['T0 a@b', 'D5 c@d'])
    deepEqual(await recipientsOf(reopened(home), number, 'local'), ['T0 a@b', 'D5 c@d'])
  })

  test('a torn last recipient does not exist', async (context) => {
    const { home, keeper } = opened(context)
    home.write('local/8/77', 'Ta@b\0Tc@d')
    deepEqual(await recipientsOf(keeper, '77', 'local'), ['T0 a@b'])
  })

  test('a record that does not belong there is told after the recipients before it', async (context) => {
    const { home, keeper } = opened(context)
    home.write('local/8/77', 'Ta@b\0Xc@d\0Te@f\0')
    const reader = valueOf(await keeper.scheduled.recipients('77', 'local'))
    equal(valueOf(await reader.read())?.length, 1)
    equal(failureOf(await reader.read()), 'parse local/8/77')
    await reader.close()
  })

  test('trouble with a channel names its file', async (context) => {
    const { keeper } = opened(context)
    equal(failureOf(await keeper.scheduled.recipients('77', 'remote')), 'open remote/8/77')
    equal(failureOf(await keeper.scheduled.markDone('77', 'remote', 0)), 'mark remote/8/77')
    equal(failureOf(await keeper.scheduled.removeChannel('77', 'remote')), 'unlink remote/8/77')
    equal(failureOf(await keeper.scheduled.setDue('77', 'local', 1)), 'utime local/8/77')
    equal(failureOf(await keeper.scheduled.removeInfo('77')), 'unlink info/8/77')
  })

  test('a due time is remembered by the channel file', async (context) => {
    const { home, keeper } = opened(context)
    const number = await preprocess(home, keeper, 's@d', [['local', 'a@b']])
    valueOf(await keeper.scheduled.setDue(number, 'local', 2_000_000_000))
    equal(valueOf(await keeper.scheduled.standing(number)).due.local, 2_000_000_000)
    equal(home.mtime(channelPath('local', number)), 2_000_000_000)
  })

  test('a message is read through its number', async (context) => {
    const { home, keeper } = opened(context)
    const body = 'x'.repeat(100_000)
    const number = home.enqueue('Fa@b\0', body)
    equal(await textOf(keeper.scheduled.message(number)), body)
    equal(valueOf(await keeper.scheduled.sizeBytes(number)), 100_000)
    await rejects(textOf(keeper.scheduled.message('77')), { code: 'ENOENT' })
  })

  test('a number above 2^53 has its split directory', async (context) => {
    const { home, keeper } = opened(context)
    const number = '18446744073709551615'
    const split = String(18446744073709551615n % 23n)
    equal(keeper.scheduled.messid(number), `${split}/${number}`)
    home.write(`info/${split}/${number}`, 'Fa@b\0')
    equal(valueOf(await keeper.scheduled.facts(number)).sender, 'a@b')
  })
})

describe('bounces', () => {
  test('paragraphs stand in the order in which they were appended', async (context) => {
    const { home, keeper } = opened(context)
    equal(valueOf(await keeper.bounces.sizeBytes('77')), undefined)
    await Promise.all([keeper.bounces.append('77', 'one\n\n'), keeper.bounces.append('77', '\xe9\n\n')])
    equal(home.read('bounce/77'), 'one\n\n\xe9\n\n')
    equal(home.mode('bounce/77'), 0o600)
    equal(valueOf(await keeper.bounces.sizeBytes('77')), 8)
    equal(await textOf(keeper.bounces.read('77')), 'one\n\n\xe9\n\n')
    valueOf(await keeper.bounces.remove('77'))
    equal(home.exists('bounce/77'), false)
    equal(failureOf(await keeper.bounces.remove('77')), 'unlink bounce/77')
  })

  test('a paragraph that cannot be stored is a failure', async (context) => {
    const { home, keeper } = opened(context)
    fs.mkdirSync(home.path('bounce/77'))
    equal(failureOf(await keeper.bounces.append('77', 'x')), 'write bounce/77')
  })
})

/** The real file system on a disk that takes the first few bytes of one write and is full then. */
function fullOnce(home: QueueHome, bytes: number): FileSystem {
  const real = fileSystem(home.queue)
  let isFull = true
  return {
    ...real,
    open: async (path, how, mode) => {
      const file = await real.open(path, how, mode)
      return {
        ...file,
        async write(...parts) {
          if (!isFull) return file.write(...parts)
          isFull = false
          await file.write(Buffer.concat(parts).subarray(0, bytes))
          throw Object.assign(new Error('no room'), { code: 'ENOSPC' })
        },
      }
    },
  }
}

test('what a full disk took of a paragraph is not written twice', async (context) => {
  const home = queueHome(context)
  const { bounces } = classicKeeper(fullOnce(home, 4))
  equal(failureOf(await bounces.append('77', 'a paragraph\n\n')), 'write bounce/77')
  equal(home.read('bounce/77'), 'a pa')
  equal(failureOf(await bounces.append('77', 'another\n\n')), 'write bounce/77')
  equal(home.read('bounce/77'), 'a pa')
  valueOf(await bounces.append('77', 'a paragraph\n\n'))
  valueOf(await bounces.append('77', 'another\n\n'))
  equal(home.read('bounce/77'), 'a paragraph\n\nanother\n\n')
})

describe('orphans', () => {
  const old = nowSeconds() - 300_000

  test('E11, E12: the atime decides, not the mtime', async (context) => {
    const { home, keeper } = opened(context)
    home.write('mess/8/77', '')
    home.setTimes('mess/8/77', nowSeconds() - 129_000, old)
    equal(valueOf(await keeper.removal.isOrphan('77', nowSeconds())), false)
    home.setTimes('mess/8/77', old, nowSeconds() - 10)
    equal(valueOf(await keeper.removal.isOrphan('77', nowSeconds())), true)
  })

  test('exactly 36 hours is not yet old', async (context) => {
    const { home, keeper } = opened(context)
    home.write('mess/8/77', '')
    home.setTimes('mess/8/77', 1_000_000, 0)
    equal(valueOf(await keeper.removal.isOrphan('77', 1_129_600)), false)
    equal(valueOf(await keeper.removal.isOrphan('77', 1_129_601)), true)
  })

  test('a message with info or todo is none, and one that is gone is none', async (context) => {
    const { home, keeper } = opened(context)
    for (const file of ['info/8/77', 'todo/77']) {
      home.write('mess/8/77', '')
      home.setTimes('mess/8/77', old, old)
      home.write(file, '')
      equal(valueOf(await keeper.removal.isOrphan('77', nowSeconds())), false)
      fs.unlinkSync(home.path(file))
    }
    equal(valueOf(await keeper.removal.isOrphan('78', nowSeconds())), false)
  })

  test('every message is walked over, foreign names are not', async (context) => {
    const { home, keeper } = opened(context)
    const numbers = [home.enqueue('F\0'), home.enqueue('F\0'), home.enqueue('F\0')]
    home.write('mess/0/README', '')
    deepEqual((await all(keeper.removal.messages())).sort(), numbers.sort())
  })
})
