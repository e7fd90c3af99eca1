import { deepEqual, equal } from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { pipe } from '../../../../lib/os/os.ts'
import { Cleaner } from '../../../../src/send/cleaner.ts'
import { reader, writer } from '../../../helpers/far-spawner.ts'

interface Far {
  readonly cleaner: Cleaner
  readonly commands: Socket
  readonly replies: Socket
}

function connected(context: TestContext): Far {
  const [commands, replies] = [pipe(), pipe()]
  const far = { commands: reader(commands.read), replies: writer(replies.write) }
  context.after(() => [far.commands, far.replies].forEach((socket) => socket.destroy()))
  return { cleaner: new Cleaner(writer(commands.write), reader(replies.read)), ...far }
}

test('requests go out at once, answers come back in their order', async (context) => {
  const { cleaner, commands, replies } = connected(context)
  let asked = ''
  commands.on('data', (chunk: Buffer) => {
    asked += chunk.toString('latin1')
    if (asked.endsWith('foop/3\0')) replies.write('+!x')
  })
  const answers = await Promise.all([
    cleaner.ask({ what: 'todo', number: '1' }),
    cleaner.ask({ what: 'todo', number: '2' }),
    cleaner.ask({ what: 'foop', number: '3' }),
  ])
  equal(asked, 'todo/1\0todo/2\0foop/3\0')
  deepEqual(answers, ['done', 'failed', 'failed'])
})

test('when clean is gone, what was asked and what will be asked is lost', async (context) => {
  const { cleaner, commands, replies } = connected(context)
  let losses = 0
  const told = new Promise<void>((resolve) => {
    cleaner.onLost(() => {
      losses++
      resolve()
    })
  })
  const asked = cleaner.ask({ what: 'todo', number: '1' })
  replies.destroy()
  equal(await asked, 'lost')
  await told
  commands.destroy()
  equal(await cleaner.ask({ what: 'todo', number: '2' }), 'lost')
  equal(losses, 1)
})
