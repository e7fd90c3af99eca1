/** smtpd --listen as a process: many clients, their limits, its memory, edited settings, and its end. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { withoutRoot } from '../../../helpers/peers.ts'
import { memoryOf, type Smtpd, type SmtpClient, startSmtpd, until } from '../../../helpers/smtpd.ts'

const KiB = 1024
const MiB = 1024 * KiB

test('it says where it listens, with the port that the system chose, and takes mail there', async (t) => {
  const smtpd = await startSmtpd(t)
  match(smtpd.lines[0] ?? '', /^smtpd [0-9]+ listen address=127\.0\.0\.1:[1-9][0-9]*$/)
  const client = await smtpd.connect()
  equal(await client.untilData(), '354 go ahead')
  match(await client.say('Subject: x\r\n\r\n..\r\n.'), /^250 2\.0\.0 ok [0-9]+ qp [0-9]+$/)
  equal(await client.say('QUIT'), '221 2.0.0 mx.example.org')
  const { message, envelope } = smtpd.queue.only()
  match(
    message?.toString() ?? '',
    /^Received: from unknown \(HELO client\.example\) \(127\.0\.0\.1\)\n {2}by mx\.example\.org with ESMTP; .* -0000\nSubject: x\n\n\.\n$/,
  )
  equal(envelope?.toString(), 'Fa@b.example\0Tjoe@local.example\0\0')
})

test('several places, IPv6 among them', async (t) => {
  const smtpd = await startSmtpd(t, { args: ['--listen', '127.0.0.1:0', '--listen=[::1]:0'] })
  await until(() => smtpd.lines.length === 2)
  const port = Number(/\[::1\]:([0-9]+)$/.exec(smtpd.lines[1] ?? '')?.[1])
  const socket = connect(port, '::1')
  t.after(() => socket.destroy())
  const [greeting] = (await once(socket, 'data')) as [Buffer]
  equal(greeting.toString(), '220 mx.example.org ESMTP\r\n')
})

test('a program that QMAILQUEUE names finds the client in its environment', async (t) => {
  const smtpd = await startSmtpd(t)
  const client = await smtpd.connect()
  await client.untilData()
  await client.say('.')
  const { environment } = smtpd.queue.only()
  equal(environment['TCPREMOTEIP'], '127.0.0.1')
  equal(environment['TCPREMOTEPORT'], String(client.socket.localPort))
  equal(environment['PROTO'], 'TCP')
})

async function greeted(smtpd: Smtpd, count: number): Promise<readonly SmtpClient[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => smtpd.connect()))
  for (const client of clients) match(await client.reply(), /^220 /)
  return clients
}

test('a thousand idle clients take little memory, and mail goes on', async (t) => {
  const smtpd = await startSmtpd(t)
  const pid = smtpd.child.pid ?? 0
  const one = await smtpd.connect()
  await one.reply()
  const before = memoryOf(pid).now
  const clients = await greeted(smtpd, 1000)
  for (const client of clients) match(await client.say('EHLO client.example'), /^250-/)
  const each = (memoryOf(pid).now - before) / clients.length
  ok(each < 20 * KiB, `${Math.round(each)} bytes each`)
  const client = await smtpd.connect()
  await client.untilData()
  match(await client.say('x\r\n.'), /^250 /)
})

test('one client more than concurrencyincoming is told to come back, and is let in when another has left', async (t) => {
  const smtpd = await startSmtpd(t, { control: { concurrencyincoming: '3\n' } })
  const clients = await greeted(smtpd, 3)
  const fourth = await smtpd.connect()
  equal(await fourth.reply(), '421 4.3.2 too many connections, try again later')
  equal(await fourth.reply(), '')
  await clients[0]?.say('QUIT')
  await until(() => clients[0]?.isClosed ?? false)
  await greeted(smtpd, 1)
})

test('large messages of many clients need no memory', async (t) => {
  const smtpd = await startSmtpd(t)
  const pid = smtpd.child.pid ?? 0
  const clients = await Promise.all(Array.from({ length: 8 }, () => smtpd.connect()))
  for (const client of clients) equal(await client.untilData(), '354 go ahead')
  const before = memoryOf(pid).now
  const chunk = Buffer.from(`${'x'.repeat(76)}\r\n`.repeat(840))
  await Promise.all(
    clients.map(async ({ socket }) => {
      for (let sent = 0; sent < 16 * MiB; sent += chunk.length)
        if (!socket.write(chunk)) await once(socket, 'drain')
    }),
  )
  for (const client of clients) match(await client.say('.'), /^250 /)
  const growth = memoryOf(pid).most - before
  ok(growth < 32 * MiB + clients.length * 64 * KiB, `${Math.round(growth / MiB)} MiB`)
  deepEqual(
    smtpd.queue.captures().map(({ message }) => (message?.length ?? 0) > 15 * MiB),
    clients.map(() => true),
  )
})

test('a queue that takes nothing stops its client, and nobody else', async (t) => {
  const smtpd = await startSmtpd(t, { queueScript: 'while kill -0 $PPID; do sleep 0.1; done' })
  const pid = smtpd.child.pid ?? 0
  const client = await smtpd.connect()
  await client.untilData()
  const before = memoryOf(pid).now
  ok(await isStopped(client.socket, Buffer.from(`${'y'.repeat(76)}\r\n`.repeat(840))))
  const other = await smtpd.connect()
  match(await other.reply(), /^220 /)
  equal(await other.say('NOOP'), '250 2.0.0 ok')
  const growth = memoryOf(pid).most - before
  ok(growth < 16 * MiB, `${Math.round(growth / MiB)} MiB`)
})

/** Writes until nothing is taken any more; false when 128 MiB went through. */
async function isStopped(socket: Socket, chunk: Buffer): Promise<boolean> {
  for (let sent = 0; sent < 128 * MiB; sent += chunk.length) {
    if (socket.write(chunk)) continue
    const patience = AbortSignal.timeout(700)
    const isTaken = await once(socket, 'drain', { signal: patience }).then(
      () => true,
      () => false,
    )
    if (!isTaken) return true
  }
  return false
}

test('a client that never reads its replies is stopped, in little memory, and others are served', async (t) => {
  const smtpd = await startSmtpd(t)
  const pid = smtpd.child.pid ?? 0
  const deaf = connect(smtpd.port, '127.0.0.1')
  t.after(() => deaf.destroy())
  await once(deaf, 'connect')
  deaf.on('error', () => {})
  deaf.pause()
  const before = memoryOf(pid).now
  ok(await isStopped(deaf, Buffer.from('NOOP\r\n'.repeat(10_000))))
  const other = await smtpd.connect()
  match(await other.reply(), /^220 /)
  const growth = memoryOf(pid).most - before
  ok(growth < 24 * MiB, `${Math.round(growth / MiB)} MiB`)
})

test('a hundred thousand commands in one connection', async (t) => {
  const smtpd = await startSmtpd(t)
  const client = await smtpd.connect()
  await client.reply()
  client.socket.write('NOOP\r\n'.repeat(100_000))
  for (let number = 0; number < 100_000; number++)
    if ((await client.reply()) !== '250 2.0.0 ok') throw new Error(String(number))
  equal(await client.say('QUIT'), '221 2.0.0 mx.example.org')
})

test('an edited control file is seen by the next connection a second later', async (t) => {
  const smtpd = await startSmtpd(t)
  const [first] = await greeted(smtpd, 1)
  smtpd.home.write('smtpgreeting', 'another.example\n')
  let greeting = ''
  while (!greeting.includes('another')) {
    const client = await smtpd.connect()
    greeting = await client.reply()
    client.socket.destroy()
  }
  equal(greeting, '220 another.example ESMTP')
  equal(await first?.say('QUIT'), '221 2.0.0 mx.example.org')
})

test('a control file that cannot be read: 421, and service again when it can', async (t) => {
  const smtpd = await startSmtpd(t)
  smtpd.home.write('profile', 'odd\n')
  const greeting = async (): Promise<string> => {
    const client = await smtpd.connect()
    const reply = await client.reply()
    client.socket.destroy()
    return reply
  }
  let said = ''
  while (!said.startsWith('421')) said = await greeting()
  equal(said, '421 4.3.0 unable to read controls')
  match(smtpd.lines.join('\n'), /controls .*control\/profile/)
  smtpd.home.write('profile', 'modern\n')
  while (!said.startsWith('220')) said = await greeting()
})

test('TERM: idle clients are told, messages under way are finished, exit code 0', async (t) => {
  const smtpd = await startSmtpd(t)
  const [idle] = await greeted(smtpd, 1)
  const busy = await smtpd.connect()
  equal(await busy.untilData(), '354 go ahead')
  smtpd.child.kill('SIGTERM')
  equal(await idle?.reply(), '421 4.3.2 shutting down')
  const refused = connect(smtpd.port, '127.0.0.1')
  const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException]
  equal(error.code, 'ECONNREFUSED')
  match(await busy.say('x\r\n.'), /^250 /)
  equal(await busy.reply(), '421 4.3.2 shutting down')
  equal(await smtpd.exited, 0)
  equal(smtpd.queue.captures().length, 1)
})

test('with --until-eof it ends when descriptor 0 does, and not by INT', async (t) => {
  const smtpd = await startSmtpd(t, { args: ['--until-eof', '--listen', '127.0.0.1:0'] })
  const [idle] = await greeted(smtpd, 1)
  smtpd.child.kill('SIGINT')
  match((await idle?.say('EHLO x')) ?? '', /^250-/)
  smtpd.child.stdin?.end()
  equal(await idle?.reply(), '421 4.3.2 shutting down')
  equal(await smtpd.exited, 0)
})

test('a message that does not end is given up when descriptor 0 has ended', async (t) => {
  const smtpd = await startSmtpd(t, { args: ['--until-eof', '--listen', '127.0.0.1:0'] })
  const client = await smtpd.connect()
  await client.untilData()
  smtpd.child.kill('SIGTERM')
  smtpd.child.stdin?.end()
  equal(await smtpd.exited, 0)
  equal(await client.reply(), '')
})

test('a program in control/hooks/rcpt judges recipients', async (t) => {
  const smtpd = await startSmtpd(t)
  const hook =
    '#!/bin/sh\n[ "$RECIPIENT" = joe@local.example ] && exit 0\necho "550 5.1.1 not $RECIPIENT" >&4\nexit 100\n'
  smtpd.home.write('hooks/rcpt/10-joe', hook)
  chmodSync(`${smtpd.home.path}/control/hooks/rcpt/10-joe`, 0o755)
  const client = await smtpd.connect()
  await client.reply()
  await client.say('HELO x')
  await client.say('MAIL FROM:<>')
  equal(await client.say('RCPT TO:<joe@local.example>'), '250 2.0.0 ok')
  equal(await client.say('RCPT TO:<ann@local.example>'), '550 5.1.1 not ann@local.example')
  await until(() =>
    smtpd.lines.some((line) => / hook ip=127\.0\.0\.1 hook=10-joe verdict=refuse /.test(line)),
  )
})

test('a port that is taken is told, with exit code 111', async (t) => {
  const first = await startSmtpd(t)
  const address = `127.0.0.1:${first.port}`
  let trouble = ''
  await startSmtpd(t, { args: ['--listen', address] }).catch((error: Error) => (trouble = error.message))
  match(trouble, /smtpd: fatal: unable to (bind|listen)/)
})

test('wrong usage is told', async (t) => {
  let trouble = ''
  await startSmtpd(t, { args: ['--listen', 'nowhere'] }).catch((error: Error) => (trouble = error.message))
  match(trouble, /usage: smtpd/)
})

test('as root it becomes its own user before it serves', { skip: withoutRoot() }, async (t) => {
  const smtpd = await startSmtpd(t)
  const status = readFileSync(`/proc/${smtpd.child.pid}/status`, 'utf8')
  const ids = (name: string): string =>
    new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1]?.trim().replaceAll('\t', ' ') ?? ''
  equal(ids('Uid'), '59903 59903 59903 59903')
  equal(ids('Gid'), '59901 59901 59901 59901')
  equal(ids('Groups'), '59901')
})

test('as root without such a user it does not serve', { skip: withoutRoot() }, async (t) => {
  let trouble = ''
  await startSmtpd(t, { home: '/nonexistent' }).catch((error: Error) => (trouble = error.message))
  match(trouble, /fatal: unable to find user/)
})
