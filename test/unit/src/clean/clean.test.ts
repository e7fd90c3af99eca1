import { deepEqual, equal } from 'node:assert/strict'
import * as fs from 'node:fs'
import { test, type TestContext } from 'node:test'
import { bytesOf, byteString } from '../../../../lib/bytes/bytes.ts'
import { fileSystem } from '../../../../lib/queue/by-file.ts'
import { classicKeeper } from '../../../../lib/queue/classic-keeper.ts'
import { clean } from '../../../../src/clean/clean.ts'
import { nowSeconds, queueHome } from '../../../helpers/queue-home.ts'

async function* chunksOf(...chunks: readonly string[]): AsyncGenerator<Uint8Array, void, void> {
  for (const chunk of chunks) yield bytesOf(chunk)
}

function started(context: TestContext) {
  const home = queueHome(context)
  const { removal } = classicKeeper(fileSystem(home.queue))
  const converse = async (...chunks: readonly string[]) => {
    let said = ''
    const answer = (bytes: Uint8Array): void => void (said += byteString(bytes))
    const code = await clean({ commands: chunksOf(...chunks), answer, removal, nowSeconds })
    return { said, code }
  }
  return { home, removal, converse }
}

test('G26: what is not there counts as removed, commands of a wrong form are answered x', async (context) => {
  const { converse } = started(context)
  const of = async (command: string): Promise<string> => (await converse(command)).said
  equal(await of('todo/5\0'), '+')
  equal(await of('foop/5\0'), '+')
  equal(await of('abcd/5\0'), 'x')
  equal(await of('foop/\0'), 'x')
  equal(await of(`foop/${'1'.repeat(94)}\0`), '+')
  equal(await of(`foop/${'1'.repeat(95)}\0`), 'x')
  equal((await converse()).code, 0)
})

test('a malformed command gets exactly one x, nothing is done, and the next one is in step', async (context) => {
  const { home, converse } = started(context)
  const number = home.enqueue('Fa@b\0')
  const before = home.files()
  const { said } = await converse(
    `foop/x\0todo/${number}/${number}\0\0../../x\0${'y'.repeat(1000)}\0`,
    'todo/7\0',
  )
  equal(said, 'xxxxx+')
  deepEqual(home.files(), before)
})

test('todo removes the envelope, foop removes the message', async (context) => {
  const { home, converse } = started(context)
  const number = home.enqueue('Fa@b\0')
  equal((await converse(`todo/${number}\0`)).said, '+')
  deepEqual(home.files(), [`mess/${Number(number) % 23}/${number}`])
  equal((await converse(`foop/${number}\0`)).said, '+')
  deepEqual(home.files(), [])
})

test('commands may come in any pieces and many at once', async (context) => {
  const { converse } = started(context)
  equal((await converse('to', 'do/1\0fo', 'op/2', '\0', 'todo/3\0foop/4\0')).said, '++++')
})

test('what cannot be unlinked is answered !', async (context) => {
  const { home, converse } = started(context)
  fs.mkdirSync(home.path('todo/5'))
  equal((await converse('todo/5\0')).said, '!')
})

test('E13: a draft of 36 hours is swept at the start, a younger one is kept', async (context) => {
  const { home, converse } = started(context)
  home.write('pid/old', 'x')
  home.write('pid/new', 'x')
  home.setTimes('pid/old', nowSeconds() - 130_000, nowSeconds())
  home.setTimes('pid/new', nowSeconds() - 129_000, 0)
  await converse()
  deepEqual(home.files(), ['pid/new'])
})

test('pid/ is swept again after thirty commands, not before', async (context) => {
  const { home, removal } = started(context)
  const old = (): void => {
    home.write('pid/old', 'x')
    home.setTimes('pid/old', 0, 0)
  }
  const seen: boolean[] = []
  async function* commands(): AsyncGenerator<Uint8Array, void, void> {
    old()
    yield bytesOf('todo/1\0'.repeat(29))
    seen.push(home.exists('pid/old'))
    yield bytesOf('todo/1\0')
    seen.push(home.exists('pid/old'))
  }
  await clean({ commands: commands(), answer: () => {}, removal, nowSeconds })
  deepEqual(seen, [true, false])
})

test('nobody reads the answers: 100', async (context) => {
  const { removal } = started(context)
  const answer = (): never => {
    throw new Error('EPIPE')
  }
  equal(await clean({ commands: chunksOf('todo/1\0'), answer, removal, nowSeconds }), 100)
})
