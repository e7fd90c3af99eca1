/** clean as a program: its two descriptors and its exit codes. */
import { deepEqual, equal } from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { ensureBuilt } from '../../../scripts/built.ts'
import { program } from '../../helpers/program.ts'
import { queueHome } from '../../helpers/queue-home.ts'

const run = (home: string, input: string) => {
  ensureBuilt()
  const { status, stdout, stderr } = spawnSync(program('clean'), {
    env: { ...process.env, JSMAIL_HOME: home },
    input,
    encoding: 'latin1',
  })
  return { status, stdout, stderr }
}

test('G26: answers on descriptor 1, 0 at the end of the commands', (context) => {
  const home = queueHome(context)
  const number = home.enqueue('Fa@b\0')
  const input = `todo/${number}\0foop/${number}\0abcd/5\0foop/\0todo/5\0`
  deepEqual(run(home.home, input), { status: 0, stdout: '++xx+', stderr: '' })
  deepEqual(home.files(), [])
})

test('without a queue directory: 111', () => {
  equal(run('/nonexistent', '').status, 111)
})

test('nobody reads the answers: 100', async (context) => {
  const home = queueHome(context)
  ensureBuilt()
  const clean = spawn(program('clean'), {
    env: { ...process.env, JSMAIL_HOME: home.home },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  clean.stdout.destroy()
  clean.stdin.on('error', () => {})
  clean.stdin.write('todo/5\0')
  deepEqual(await once(clean, 'exit'), [100, null])
})
