/** smtpd for one connection on descriptors 0 and 1, whatever they are; cases C3, C35, C42, B1, B10, B11. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { before, test, type TestContext } from 'node:test'
import { ensureBuilt } from '../../../../scripts/built.ts'
import { captureQueue } from '../../../helpers/capture-queue.ts'
import { without } from '../../../helpers/peers.ts'
import { program } from '../../../helpers/program.ts'
import { ControlHome } from '../../../helpers/smtp-house.ts'

before(ensureBuilt)

const control = { me: 'mx.example.org\n', rcpthosts: 'local.example\n' }
const message = 'MAIL FROM:<a@b.example>\r\nRCPT TO:<joe@local.example>\r\nDATA\r\nSubject: x\r\n\r\n.\r\n'

interface Setting {
  readonly home: ControlHome
  readonly env: Readonly<Record<string, string>>
}

function setting(t: TestContext, files: Readonly<Record<string, string>> = control): Setting {
  const home = new ControlHome(Object.entries(files))
  t.after(() => home[Symbol.dispose]())
  return { home, env: { PATH: process.env['PATH'] ?? '', JSMAIL_HOME: home.path } }
}

/** On two pipes, with all of the input at once. */
function run({ env }: Setting, input: string, more: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(program('smtpd'), [], {
    env: { ...env, ...more },
    input: Buffer.from(input, 'latin1'),
    encoding: 'latin1',
  })
  return { status, lines: stdout.split('\r\n').slice(0, -1), stderr }
}

test('C35: without control/me nobody is greeted, exit code 1', (t) => {
  const { status, lines, stderr } = run(setting(t, {}), 'QUIT\r\n')
  equal(status, 1)
  deepEqual(lines, ['421 unable to read controls (#4.3.0)'])
  match(stderr, /smtpd [0-9]+ controls error=/)
})

test('a home that is not there is the same', (t) => {
  const { status, lines } = run(setting(t), 'QUIT\r\n', { JSMAIL_HOME: '/nonexistent' })
  deepEqual([status, lines], [1, ['421 unable to read controls (#4.3.0)']])
})

test('exit code 0 after QUIT, 1 at the end of the input', (t) => {
  const here = setting(t)
  deepEqual(run(here, 'QUIT\r\n').status, 0)
  deepEqual(run(here, 'NOOP\r\n'), { status: 1, lines: ['220 mx.example.org ESMTP', '250 ok'], stderr: '' })
  deepEqual(run(here, '').lines, ['220 mx.example.org ESMTP'])
})

test('C42: an empty environment', (t) => {
  using queue = captureQueue()
  equal(run(setting(t), `${message}QUIT\r\n`, queue.env).status, 0)
  match(
    queue.only().message?.toString() ?? '',
    /^Received: from unknown \(unknown\)\n {2}by unknown with SMTP; .* -0000\nSubject: x\n\n$/,
  )
})

test('B1: a queue program that does not exist is told after the message', (t) => {
  const { lines } = run(setting(t), `${message}QUIT\r\n`, { QMAILQUEUE: '/nonexistent' })
  deepEqual(lines.slice(3), ['354 go ahead', '451 unable to exec qq (#4.3.0)', '221 mx.example.org'])
})

test('B6: a queue program that is killed', (t) => {
  using queue = captureQueue({ signal: 'KILL' })
  equal(run(setting(t), message, queue.env).lines.at(-1), '451 qq crashed (#4.3.0)')
})

test('B9: words on descriptor 4 are heard as well as on 6', (t) => {
  using queue = captureQueue({ exit: 82, text4: 'Dno viruses' })
  equal(run(setting(t), message, queue.env).lines.at(-1), '554 no viruses')
})

test('B10: the qp is the process id of the program that was started', (t) => {
  const here = setting(t)
  const path = `${here.home.path}/queue`
  writeFileSync(path, '#!/bin/sh\ncat >/dev/null\ncat <&1 >/dev/null\necho $$ > pid\n', { mode: 0o755 })
  const { lines } = run(here, message, { QMAILQUEUE: 'queue' })
  match(
    lines.at(-1) ?? '',
    new RegExp(`^250 ok [0-9]+ qp ${readFileSync(`${here.home.path}/pid`, 'latin1').trim()}$`),
  )
})

test('B11: a message that is given up reaches the program cut off, and without an envelope', (t) => {
  using queue = captureQueue({ exit: 54 })
  const { lines } = run(setting(t), message.replace('Subject: x', `Subject: ${'x'.repeat(100)}`), {
    ...queue.env,
    DATABYTES: '10',
  })
  equal(lines.at(-1), '552 sorry, that message size exceeds my databytes limit (#5.3.4)')
  equal(queue.only().envelope?.length, 0)
})

test('a queue program that reads nothing of a large message is waited for', (t) => {
  using queue = captureQueue({ read: 'none', exit: 53 })
  const large = `MAIL FROM:<a@b.example>\r\nRCPT TO:<joe@local.example>\r\nDATA\r\n${`${'x'.repeat(76)}\r\n`.repeat(20_000)}.\r\n`
  equal(run(setting(t), large, queue.env).lines.at(-1), '451 qq write error or disk full (#4.3.0)')
})

test('descriptors 0 and 1 may be files', (t) => {
  const here = setting(t)
  const [from, to] = [`${here.home.path}/in`, `${here.home.path}/out`]
  writeFileSync(from, 'HELO x\r\nQUIT\r\n')
  const stdio = [openSync(from, 'r'), openSync(to, 'w'), 'inherit'] as const
  const { status } = spawnSync(program('smtpd'), [], { env: here.env, stdio: [...stdio] })
  closeSync(stdio[0])
  closeSync(stdio[1])
  equal(status, 0)
  equal(
    readFileSync(to, 'latin1'),
    '220 mx.example.org ESMTP\r\n250 mx.example.org\r\n221 mx.example.org\r\n',
  )
})

test('descriptor 0 may be /dev/null', (t) => {
  const { env } = setting(t)
  const { status, stdout } = spawnSync(program('smtpd'), [], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  deepEqual([status, stdout.toString()], [1, '220 mx.example.org ESMTP\r\n'])
})

test('a terminal', { skip: without('script') }, (t) => {
  const { env } = setting(t)
  const { stdout } = spawnSync('script', ['-qec', program('smtpd'), '/dev/null'], {
    env,
    input: 'noop\nquit\n',
  })
  match(stdout.toString(), /220 mx\.example\.org ESMTP\r+\n/)
  match(stdout.toString(), /221 mx\.example\.org\r+\n/)
})

/** With one end of a real connection as descriptors 0 and 1. */
async function onSocket(
  t: TestContext,
  env: Readonly<Record<string, string>>,
): Promise<{ client: Socket; child: ChildProcess }> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const client = connect({
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    host: '127.0.0.1',
    allowHalfOpen: true,
  })
  const [socket] = (await once(server, 'connection')) as [Socket]
  const child = spawn(program('smtpd'), [], { env, stdio: [socket, socket, 'inherit'] })
  server.close()
  socket.destroy()
  t.after(() => {
    client.destroy()
    child.kill('SIGKILL')
  })
  return { client, child }
}

test('where the environment does not name the client, its connection does', async (t) => {
  using queue = captureQueue()
  const { env } = setting(t)
  const { client, child } = await onSocket(t, { ...env, ...queue.env })
  client.end(message)
  const [code] = (await once(child, 'exit')) as [number]
  equal(code, 1)
  match(
    queue.only().message?.toString() ?? '',
    /^Received: from unknown \(127\.0\.0\.1\)\n {2}by 127\.0\.0\.1 with SMTP; /,
  )
  equal(queue.only().environment['TCPREMOTEIP'], '127.0.0.1')
})

test('a client that breaks its connection ends the program', async (t) => {
  const { env } = setting(t)
  const { client, child } = await onSocket(t, env)
  await once(client, 'data')
  client.resetAndDestroy()
  const [code] = (await once(child, 'exit')) as [number]
  equal(code, 1)
})

test('a client that says nothing is told after timeoutsmtpd, exit code 1', async (t) => {
  const { env } = setting(t, { ...control, timeoutsmtpd: '1\n' })
  const { client, child } = await onSocket(t, env)
  let said = ''
  client.on('data', (bytes) => (said += String(bytes)))
  client.on('end', () => client.end())
  const [code] = (await once(child, 'exit')) as [number]
  equal(code, 1)
  equal(said, '220 mx.example.org ESMTP\r\n451 timeout (#4.4.2)\r\n')
})
