/** qread's listing over a real queue directory: bytes of each line, damaged files, messages on their way out. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, rmSync, unlinkSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { RECORD_BYTES } from '../../../../lib/envelope/record.ts'
import { fileSystem } from '../../../../lib/queue/by-file.ts'
import { classicKeeper } from '../../../../lib/queue/classic-keeper.ts'
import type { QueueKeeper } from '../../../../lib/queue/keeper.ts'
import { bouncePath, channelPath, infoPath, messPath } from '../../../../lib/queue/paths.ts'
import { listMessages } from '../../../../src/qread/qread.ts'
import { type QueueHome, queueHome } from '../../../helpers/queue-home.ts'

/** 22 Nov 2026 04:47:55 UTC, a second after it, and so on. */
const birth = Date.UTC(2026, 10, 22, 4, 47, 55) / 1000

interface Files {
  readonly info?: string
  readonly local?: string
  readonly remote?: string
  readonly bounce?: string
}

/** A preprocessed message, as qmail-send leaves it. */
function place(home: QueueHome, { info, local, remote, bounce }: Files, birthSeconds = birth): string {
  const number = home.enqueue('', 'x'.repeat(88))
  unlinkSync(home.path(`todo/${number}`))
  unlinkSync(home.path(`intd/${number}`))
  if (info !== undefined) home.write(infoPath(number), info)
  if (info !== undefined) home.setTimes(infoPath(number), birthSeconds, birthSeconds)
  if (local !== undefined) home.write(channelPath('local', number), local)
  if (remote !== undefined) home.write(channelPath('remote', number), remote)
  if (bounce !== undefined) home.write(bouncePath(number), bounce)
  return number
}

async function listing(
  home: QueueHome,
  keeper: Pick<QueueKeeper, 'scheduled' | 'bounces'> = classicKeeper(fileSystem(home.queue)),
): Promise<readonly [number, string]> {
  let out = ''
  const code = await listMessages({ keeper, print: (text) => void (out += text) })
  return [code, out]
}

const opened = (t: TestContext): QueueHome => queueHome(t)

test('E24: date, number, size, sender with a blank behind it, recipients', async (t) => {
  const home = opened(t)
  const number = place(home, { info: 'Fsend er@local.example\0', remote: 'T451x@remote.example\0' })
  assert.deepEqual(await listing(home), [
    0,
    `22 Nov 2026 04:47:55 GMT  #${number}  88  <send er@local.example> \n\tremote\t451x@remote.example\n`,
  ])
})

test('E24: a bounce being collected shows behind two blanks, a recipient that is done begins with two', async (t) => {
  const home = opened(t)
  const number = place(home, {
    info: 'Fjoe@local.example\0',
    remote: 'T450a@remote.example\0D550c@remote.example\0',
    bounce: '<550c@remote.example>:\nno\n\n',
  })
  assert.deepEqual(await listing(home), [
    0,
    `22 Nov 2026 04:47:55 GMT  #${number}  88  <joe@local.example>  bouncing\n` +
      '\tremote\t450a@remote.example\n  done\tremote\t550c@remote.example\n',
  ])
})

test('local recipients come before remote ones, and a day below ten has one digit', async (t) => {
  const home = opened(t)
  const number = place(
    home,
    { info: 'F\0', local: 'Tl@x\0', remote: 'Tr@x\0' },
    Date.UTC(2026, 0, 2, 3, 4, 5) / 1000,
  )
  assert.equal(
    (await listing(home))[1],
    `2 Jan 2026 03:04:05 GMT  #${number}  88  <> \n\tlocal\tl@x\n\tremote\tr@x\n`,
  )
})

test('bytes that no terminal should get are underscores, blanks stay', async (t) => {
  const home = opened(t)
  place(home, { info: 'Fa\x1b[2J \xe9%@x\0', local: 'Tb\tc\nd@x\0' })
  assert.match((await listing(home))[1], /<a_\[2J _%@x> \n\tlocal\tb_c_d@x\n$/)
})

test('records of ours behind the sender are not seen', async (t) => {
  const home = opened(t)
  place(home, { info: 'Fs@d\0x1 M RET=HDRS\0x1 R 0 NOTIFY=NEVER\0', remote: 'Tr@x\0' })
  assert.match((await listing(home))[1], /<s@d> \n\tremote\tr@x\n$/)
})

test('a damaged message is a warning, and the others are listed', async (t) => {
  const home = opened(t)
  const empty = place(home, { info: '' })
  const torn = place(home, { info: 'Fsender without end' })
  const odd = place(home, { info: 'Fs@d\0', local: 'Tfirst@x\0Xsecond@x\0', remote: 'Tr@x\0' })
  const large = place(home, { info: `F${'x'.repeat(RECORD_BYTES)}\0` })
  const good = place(home, { info: 'Fgood@d\0', local: 'Tgood@x\0' })
  const [code, out] = await listing(home)
  assert.equal(code, 0)
  for (const number of [empty, torn, large])
    assert.ok(out.includes(`warning: trouble with #${number}: damaged file\n`))
  assert.ok(out.includes(`\tlocal\tfirst@x\nwarning: trouble with #${odd}: damaged file\n`), out)
  assert.ok(out.includes(`#${good}  88  <good@d> \n\tlocal\tgood@x\n`))
})

test("trouble with a file is told in qmail's words", async (t) => {
  const home = opened(t)
  const number = place(home, { info: 'Fs@d\0', local: 'Tl@x\0' })
  unlinkSync(home.path(channelPath('local', number)))
  mkdirSync(home.path(channelPath('local', number)))
  const [code, out] = await listing(home)
  assert.equal(code, 0)
  assert.match(out, new RegExp(`warning: trouble with #${number}: is a directory\\n$`))
})

test('a message whose text is missing is a warning', async (t) => {
  const home = opened(t)
  const number = place(home, { info: 'Fs@d\0' })
  unlinkSync(home.path(messPath(number)))
  assert.deepEqual(await listing(home), [0, `warning: trouble with #${number}: file does not exist\n`])
})

test('a message that ends between two looks is left out', async (t) => {
  const home = opened(t)
  const number = place(home, { info: 'Fs@d\0' })
  const keeper = classicKeeper(fileSystem(home.queue))
  const [code, out] = await listing(home, {
    ...keeper,
    scheduled: {
      ...keeper.scheduled,
      async facts(each) {
        await keeper.scheduled.removeInfo(number)
        return keeper.scheduled.facts(each)
      },
    },
  })
  assert.deepEqual([code, out], [0, ''])
})

test('a queue that cannot be read is 111 and one line', async (t) => {
  const home = opened(t)
  rmSync(home.path('info'), { recursive: true })
  assert.deepEqual(await listing(home), [111, 'fatal: unable to read queue/info/0: file does not exist\n'])
})

test('an empty queue is no line', async (t) => {
  const home = opened(t)
  chmodSync(home.queue, 0o750)
  assert.deepEqual(await listing(home), [0, ''])
})
