import { deepEqual, equal, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import type { Profile } from '../../../../lib/control/registry.ts'
import { ClientSession } from '../../../../lib/smtp/client.ts'
import { Dialogue, type Ending } from '../../../../src/remote/dialogue.ts'
import type { Message, Survey } from '../../../../src/remote/message.ts'
import { type FarEnd, startFarEnd } from '../../../helpers/far-end.ts'
import type { Script } from '../../../helpers/far-end-script.ts'

function message(chunks: Iterable<string | Buffer>, survey?: Survey): Message {
  return {
    *chunks() {
      for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk
    },
    survey: () => survey,
  }
}

async function converse(
  at: { readonly port: number },
  letter: Message,
  options: { readonly profile?: Profile; readonly seconds?: number } = {},
): Promise<Ending> {
  const socket = connect({ port: at.port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const session = new ClientSession({ profile: options.profile ?? 'modern', helo: 'me.example' })
  const letters = { sender: 'a@b', recipients: ['c@d', 'e@f'], message: letter }
  return new Dialogue(socket, session, letters, options.seconds ?? 5).run()
}

async function farEnd(script: Script): Promise<FarEnd> {
  return startFarEnd({ keywords: ['PIPELINING', 'SIZE 1000000', '8BITMIME'], ...script })
}

test('in profile modern the envelope is one write, with what is known of the message', async () => {
  await using far = await farEnd({})
  const ending = await converse(far, message(['one\n', '.two\xe9'], { sizeBytes: 11, is8bit: true }))
  equal(ending.message.is, 'accepted')
  await far.connections[0]?.ended
  deepEqual(far.connections[0]?.commands, [
    'EHLO me.example',
    'MAIL FROM:<a@b> SIZE=11 BODY=8BITMIME',
    'RCPT TO:<c@d>',
    'RCPT TO:<e@f>',
    'DATA',
    'QUIT',
  ])
  equal(far.messages[0]?.wire.toString('latin1'), 'one\r\n..two\xe9\r\n.\r\n')
})

test('where nothing is offered the message is not gone through', async () => {
  await using far = await startFarEnd({ replies: { EHLO: '500 what' } })
  const letter: Message = {
    ...message(['hi\n']),
    survey: () => {
      throw new Error('gone through all the same')
    },
  }
  equal((await converse(far, letter)).message.is, 'accepted')
})

test('a message in many chunks arrives whole, through a slow reader too', async () => {
  await using far = await farEnd({})
  const lines = Array.from({ length: 200 }, (_, i) => `line ${i} ${'x'.repeat(10_000)}\n`)
  equal((await converse(far, message(lines))).message.is, 'accepted')
  equal(far.messages[0]?.content.toString('latin1'), lines.join('').replaceAll('\n', '\r\n'))
})

test('a refusal in the middle of the message is heard, though the server then closes', async () => {
  const server = createServer((socket: Socket) => {
    let heard = ''
    let isSaid = false
    socket.on('error', () => undefined)
    socket.write('220 hi\r\n')
    socket.on('data', (chunk: Buffer) => {
      heard = (heard + chunk.toString('latin1')).slice(-20_000)
      if (heard.endsWith('EHLO me.example\r\n')) socket.write('250-far\r\n250 PIPELINING\r\n')
      else if (heard.endsWith('DATA\r\n')) socket.write('250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n')
      else if (!isSaid && heard.includes('xxxx')) {
        isSaid = true
        socket.write('552 too big for me\r\n')
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  let chunks = 0
  function* endless() {
    for (; chunks < 100_000; chunks += 1) yield `${'x'.repeat(60_000)}\n`
  }
  const ending = await converse(server.address() as { port: number }, message(endless()))
  deepEqual(ending.message, {
    is: 'refused',
    at: 'final',
    retry: 'never',
    reply: { code: 552, text: '552 too big for me\n' },
  })
  ok(chunks < 100_000)
  server.close()
})

test('a message that cannot be read further never gets its final dot', async () => {
  for (const profile of ['qmail', 'modern'] as const) {
    await using far = await farEnd({})
    function* broken() {
      yield 'half a mess'
      throw new Error('EIO')
    }
    const ending = await converse(far, message(broken()), { profile })
    equal(ending.message.is, 'unreadable')
    deepEqual(
      ending.recipients.map(({ is }) => is),
      ['accepted', 'accepted'],
    )
    await far.connections[0]?.ended
    equal(far.messages.length, 0)
  }
})

test('a message that cannot be gone through is not begun', async () => {
  await using far = await farEnd({})
  const letter: Message = {
    ...message(['hi\n']),
    survey: () => {
      throw new Error('EIO')
    },
  }
  deepEqual(await converse(far, letter), { recipients: [], message: { is: 'unreadable' } })
  await far.connections[0]?.ended
  deepEqual(far.connections[0]?.commands, ['EHLO me.example', 'QUIT'])
})

test('a server that stops reading is given up, and little of the message is waiting meanwhile', async () => {
  await using far = await farEnd({ stopInDataAfterBytes: 1000 })
  let taken = 0
  function* endless() {
    for (; taken < 1e9; taken += 60_000) yield Buffer.alloc(60_000, 'x')
  }
  const ending = await converse(far, message(endless()), { seconds: 0.3 })
  deepEqual(ending.message, { is: 'died', isPossibleDuplicate: false })
  // What the two kernels' buffers take, and one chunk of ours.
  ok(taken < 32e6, `${taken} bytes`)
})

test('a server that talks without end is given up after five times the timeout', async () => {
  const server = createServer((socket: Socket) => {
    const timer = setInterval(() => socket.write('220-still here\r\n'), 20)
    socket.on('error', () => undefined)
    socket.on('close', () => clearInterval(timer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const started = performance.now()
  const ending = await converse(server.address() as { port: number }, message([]), { seconds: 0.1 })
  deepEqual(ending.message, { is: 'died', isPossibleDuplicate: false })
  const took = performance.now() - started
  ok(took >= 490 && took < 3000, `${took} ms`)
  server.close()
})

test('a server that does not take QUIT does not hold us up', async () => {
  await using far = await farEnd({ replies: { QUIT: { do: 'stall' } } })
  const started = performance.now()
  equal((await converse(far, message(['hi\n']))).message.is, 'accepted')
  ok(performance.now() - started < 1000)
})
