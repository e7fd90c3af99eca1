import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { byteString } from '../../../../lib/bytes/bytes.ts'
import { collect, pipeFromChild, pipeToChild, startProgram, type Start } from '../../../../lib/exec/start.ts'

async function outputOf(
  start: Omit<Start, 'descriptors'>,
  input = '',
): Promise<{ said: string; exit: unknown }> {
  const to = pipeToChild()
  const from = pipeFromChild()
  const child = await startProgram({ ...start, descriptors: [to.end, from.end, 2] })
  assert.ok(child.ok)
  to.stream.end(input)
  const said = await collect(from.stream, 100_000)
  return { said: byteString(said), exit: await child.value.exited }
}

test('arguments and environment arrive as the bytes they are, UTF-8 or not', async () => {
  for (const odd of ['plain', 'caf\xc3\xa9', 'caf\xe9', '\xff\n\n', `it's $HOME \\ "x"`, '\xe9%s%%\\n']) {
    const script = 'printf "%s|%s" "$1" "$ODD"; cat'
    const env = { PATH: '/usr/bin:/bin', ODD: odd }
    const { said } = await outputOf({ program: '/bin/sh', args: ['-c', script, 'sh', odd], env }, '.')
    assert.equal(said, `${odd}|${odd}.`)
  }
})

test('the child can open its descriptors again by name, because they are real pipes', async () => {
  const script = 'cat /dev/stdin > /dev/stdout'
  const { said, exit } = await outputOf(
    { program: '/bin/sh', args: ['-c', script], env: { PATH: '/bin' } },
    'hello',
  )
  assert.equal(said, 'hello')
  assert.deepEqual(exit, { is: 'code', code: 0 })
})

/** A shell may have started us with descriptors beyond those that the runtime closes for its children. */
function leftOpenByOurParent(fd: number): boolean {
  if (fd <= 3 || !existsSync(`/proc/self/fdinfo/${fd}`)) return false
  const flags = /flags:\s*([0-7]+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? '0'
  return (Number.parseInt(flags, 8) & 0o2000000) === 0
}

test('a child has only the descriptors that it was given', async () => {
  const { said } = await outputOf({ program: '/bin/ls', args: ['/proc/self/fd'], env: {} })
  const ours = said
    .trim()
    .split('\n')
    .filter((fd) => !leftOpenByOurParent(Number(fd)))
  assert.deepEqual(ours, ['0', '1', '2', '3'], '3 is the directory that ls reads')
})

test('a program that does not exist is a failure that names the reason', async () => {
  const child = await startProgram({
    program: '/no/such',
    args: [],
    env: {},
    descriptors: ['null', 'null', 'null'],
  })
  assert.ok(!child.ok)
  assert.equal((child.failure.cause as { code: string }).code, 'ENOENT')
})

test('a death by signal is told as one', async () => {
  const { exit } = await outputOf({ program: '/bin/sh', args: ['-c', 'kill -9 $$'], env: {} })
  assert.deepEqual(exit, { is: 'signal', signal: 'SIGKILL' })
})

test('collect keeps the first bytes and reads on to the end', async () => {
  const from = pipeFromChild()
  const child = await startProgram({
    program: '/bin/sh',
    args: ['-c', 'head -c 300000 /dev/zero'],
    env: { PATH: '/usr/bin' },
    descriptors: ['null', from.end, 2],
  })
  assert.ok(child.ok)
  assert.equal((await collect(from.stream, 10)).length, 10)
  assert.deepEqual(await child.value.exited, { is: 'code', code: 0 })
})
