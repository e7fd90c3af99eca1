import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { type FarEnd, startFarEnd } from '../../helpers/far-end.ts'
import type { Script } from '../../helpers/far-end-script.ts'

async function dial(farEnd: FarEnd): Promise<Socket> {
  const socket = connect(farEnd.port, farEnd.host)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Everything that the far end says to these bytes, until it closes. */
async function converse(farEnd: FarEnd, bytes: string): Promise<string> {
  const socket = await dial(farEnd)
  let heard = ''
  socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1')))
  socket.write(Buffer.from(bytes, 'latin1'))
  await once(socket, 'close')
  return heard
}

const mail = 'MAIL FROM:<a@b> SIZE=1\r\nRCPT TO:<c@d>\r\nRCPT TO:<550no@d>\r\nDATA\r\n'

test('by default it takes everything but recipients that begin with three digits', async () => {
  await using farEnd = await startFarEnd()
  const heard = await converse(farEnd, `HELO x\r\n${mail}Hi\r\n..dot\r\n.\r\nQUIT\r\n`)
  assert.equal(
    heard,
    '220 far.example ESMTP\r\n250 ok\r\n250 ok\r\n250 ok\r\n550-first line\r\n550 rejected by rule\r\n' +
      '354 go ahead\r\n250 ok queued\r\n221 far.example\r\n',
  )
  const [message] = farEnd.messages
  assert.deepEqual(
    { ...message, wire: message?.wire.toString(), content: message?.content.toString() },
    {
      sender: 'a@b',
      parameters: 'SIZE=1',
      recipients: ['c@d'],
      wire: 'Hi\r\n..dot\r\n.\r\n',
      content: 'Hi\r\n.dot\r\n',
    },
  )
})

test('a message ends at CRLF.CRLF only, and what follows it is a command', async () => {
  await using farEnd = await startFarEnd()
  await converse(farEnd, `HELO x\r\n${mail}a\n.\nb\r\n.\nc\r.\r\nd\r\n.\r\nQUIT\r\n`)
  assert.equal(farEnd.messages[0]?.wire.toString(), 'a\n.\nb\r\n.\nc\r.\r\nd\r\n.\r\n')
  assert.deepEqual(farEnd.connections[0]?.commands.slice(-2), ['DATA', 'QUIT'])
})

test('an empty message, and an end that comes byte by byte, are seen', async () => {
  await using farEnd = await startFarEnd()
  const socket = await dial(farEnd)
  socket.resume()
  for (const byte of `HELO x\r\n${mail}.\r\n${mail}x\r\n.\r\nQUIT\r\n`) {
    socket.write(byte)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await once(socket, 'close')
  assert.deepEqual(
    farEnd.messages.map(({ wire, content }) => [wire.toString(), content.toString()]),
    [
      ['.\r\n', ''],
      ['x\r\n.\r\n', 'x\r\n'],
    ],
  )
})

test('a command that ends in a bare LF is marked', async () => {
  await using farEnd = await startFarEnd()
  await converse(farEnd, 'NOOP\nQUIT\r\n')
  assert.deepEqual(farEnd.connections[0]?.commands, ['(bare LF) NOOP', 'QUIT'])
})

test('each connection has its script, and successive replies', async () => {
  const scripts: Script[] = [
    { greeting: '554-no\n554 never', replies: { '*': '500 what', QUIT: { do: 'close' } } },
    { replies: { MAIL: ['450 wait', '250 now'], '.': '451 later' }, keywords: ['SIZE', 'PIPELINING'] },
  ]
  await using farEnd = await startFarEnd((connection) => scripts[connection] ?? {})
  assert.equal(await converse(farEnd, 'NOOP\r\nQUIT\r\n'), '554-no\r\n554 never\r\n500 what\r\n')
  const heard = await converse(farEnd, `EHLO x\r\nMAIL FROM:<>\r\n${mail}.\r\nQUIT\r\n`)
  assert.equal(
    heard.replaceAll('\r\n', '|'),
    '220 far.example ESMTP|250-far.example|250-SIZE|250 PIPELINING|450 wait|250 now|250 ok|' +
      '550-first line|550 rejected by rule|354 go ahead|451 later|221 far.example|',
  )
  assert.equal(farEnd.connections[1]?.transcript[0], 'S: 220 far.example ESMTP')
})

test('a reply can be bytes in pieces, a close, a reset or silence', async () => {
  const bytes = Buffer.from('250 a\0b\xe9\r\n', 'latin1')
  await using farEnd = await startFarEnd({
    replies: {
      HELO: { bytes, pieceBytes: 1 },
      NOOP: { say: '421 bye', do: 'close' },
      RSET: { do: 'reset' },
      VRFY: { do: 'stall' },
    },
  })
  assert.equal(
    await converse(farEnd, 'HELO x\r\nNOOP\r\n'),
    '220 far.example ESMTP\r\n250 a\0b\xe9\r\n421 bye\r\n',
  )
  const reset = await dial(farEnd)
  reset.write('RSET\r\n')
  const [error] = (await once(reset, 'error')) as [NodeJS.ErrnoException]
  assert.equal(error.code, 'ECONNRESET')
  const stalled = await dial(farEnd)
  stalled.write('VRFY x\r\nNOOP\r\n')
  await farEnd.until(() => farEnd.connections[2]?.commands.length === 2)
  assert.equal(farEnd.connections[2]?.transcript.at(-1), 'S: 421 bye')
  assert.equal(stalled.bytesRead, '220 far.example ESMTP\r\n'.length)
  stalled.destroy()
  await farEnd.connections[2]?.ended
})

test('it can stop reading in the middle of a message', async () => {
  await using farEnd = await startFarEnd({ stopInDataAfterBytes: 1000 })
  const socket = await dial(farEnd)
  socket.write(`HELO x\r\n${mail}`)
  const line = `${'x'.repeat(98)}\r\n`.repeat(100_000)
  assert.equal(socket.write(line), false)
  await farEnd.until(() => (farEnd.connections[0]?.received().length ?? 0) > 1000)
  assert.ok(socket.writableLength > 0)
  socket.destroy()
  await farEnd.connections[0]?.ended
  assert.equal(farEnd.messages.length, 0)
})
