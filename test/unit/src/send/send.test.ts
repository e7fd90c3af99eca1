import { deepEqual, equal } from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { queueHome, type QueueHome } from '../../../helpers/queue-home.ts'
import { type RunOptions, SendRun } from '../../../helpers/send-run.ts'

function started(context: TestContext, options: RunOptions = {}): { home: QueueHome; run: SendRun } {
  const home = queueHome(context)
  home.control('me', 'mx.example.org\n')
  home.control('locals', 'local.example\nmx.example.org\n')
  const run = new SendRun(home, options)
  context.after(() => run.terminate())
  return { home, run }
}

test('D1: the first line is the status', async (context) => {
  const { run } = started(context)
  deepEqual(await run.untilLine('status'), ['status: local 0/10 remote 0/20'])
})

test('D3: one local recipient', async (context) => {
  const { home, run } = started(context)
  await run.untilLine('status')
  const number = run.inject('u0\0p4242\0Fjoe@local.example\0Tjoe@local.example\0')
  deepEqual(await run.untilEnd(number), [
    'status: local 0/10 remote 0/20',
    `new msg ${number}`,
    `info msg ${number}: bytes 17 from <joe@local.example> qp 4242 uid 0`,
    `starting delivery 1: msg ${number} to local joe@local.example`,
    'status: local 1/10 remote 0/20',
    'delivery 1: success: did_1+0+0/',
    'status: local 0/10 remote 0/20',
    `end msg ${number}`,
  ])
  await run.terminate()
  deepEqual(home.files(), [])
  equal(run.lines.at(-1), 'status: exiting')
})
