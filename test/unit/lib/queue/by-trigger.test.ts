import { equal } from 'node:assert/strict'
import * as fs from 'node:fs'
import { test, type TestContext } from 'node:test'
import { makeFifo } from '../../../../lib/os/os.ts'
import { listenToTrigger, type PulledTrigger } from '../../../../lib/queue/by-trigger.ts'
import { queueHome } from '../../../helpers/queue-home.ts'

function listening(context: TestContext): { path: string; trigger: PulledTrigger } {
  const path = queueHome(context).path('lock/trigger')
  const trigger = listenToTrigger(path)
  context.after(() => trigger.close())
  return { path, trigger }
}

const pulled = (trigger: PulledTrigger): Promise<void> => new Promise((resolve) => trigger.onPull(resolve))

/** As qmail-queue does. */
function pull(path: string): void {
  const fd = fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK)
  fs.writeSync(fd, '\0')
  fs.closeSync(fd)
}

test('each pull is told, though every writer closes the FIFO', async (context) => {
  const { path, trigger } = listening(context)
  for (let i = 0; i < 3; i++) {
    const told = pulled(trigger)
    pull(path)
    await told
  }
})

test('a pull is read away: the FIFO never fills', async (context) => {
  const { path, trigger } = listening(context)
  const fd = fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK)
  for (let i = 0; i < 4; i++) {
    const told = pulled(trigger)
    fs.writeSync(fd, Buffer.alloc(60_000))
    await told
  }
  fs.closeSync(fd)
})

test('a FIFO that was replaced is found by renew', async (context) => {
  const { path, trigger } = listening(context)
  fs.unlinkSync(path)
  trigger.renew()
  makeFifo(path, 0o622)
  trigger.renew()
  const told = pulled(trigger)
  pull(path)
  await told
})

test('what is no FIFO is not listened to', (context) => {
  const path = queueHome(context).path('lock/sendmutex')
  const trigger = listenToTrigger(path)
  trigger.renew()
  trigger.close()
  equal(fs.readFileSync(path, 'latin1'), '')
})
