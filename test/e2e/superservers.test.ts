/**
 * The same bin/smtpd under other people's servers: tcpserver of ucspi-tcp, systemd's sockets with a process for each connection and with
 * one for all; and somebody else's program in place of the queue (QMAILQUEUE).
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type TestHome, makeTestHome } from '../helpers/home.ts'
import { assertDelivered, untilMail } from '../helpers/mailbox.ts'
import { command, freePort, without } from '../helpers/peers.ts'
import { startRunning } from '../helpers/running.ts'

interface Listening {
  readonly home: TestHome
  readonly port: number
}

/** A running suite, and beside it smtpd under another server. */
async function listen(
  t: TestContext,
  server: (home: TestHome, port: number) => readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Listening> {
  const home = makeTestHome(t)
  const running = await startRunning(home.home, await freePort())
  t.after(() => running.kill().catch(() => {}))
  const port = await freePort()
  const [program = '', ...args] = server(home, port)
  const child = spawn(command(program) ?? program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
    detached: true,
  })
  t.after(() => end(child))
  return { home, port }
}

/** With whatever it started. */
function end({ pid }: ChildProcess): void {
  try {
    process.kill(-(pid ?? 0), 'SIGKILL')
  } catch {
    // It went by itself.
  }
}

/** Connects again until somebody listens there. */
async function connected(port: number): Promise<ReturnType<typeof connect>> {
  for (let attempt = 0; ; attempt += 1) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return socket
    } catch (error) {
      if (attempt > 200) throw error
      await new Promise((again) => setTimeout(again, 25))
    }
  }
}

/** One session; the replies to MAIL, RCPT, DATA, the message and QUIT. */
async function session(port: number, message: string): Promise<readonly string[]> {
  const socket = await connected(port)
  socket.setEncoding('latin1')
  const replies: string[] = []
  const lines = ['HELO client.test', 'MAIL FROM:<joe@remote.test>', 'RCPT TO:<you@example.test>', 'DATA']
  const wire = `${message.replaceAll('\n', '\r\n').replaceAll(/^\./gm, '..')}.`
  let rest = ''
  for await (const chunk of socket) {
    rest += String(chunk)
    for (let end = rest.indexOf('\r\n'); end !== -1; end = rest.indexOf('\r\n')) {
      replies.push(rest.slice(0, end))
      rest = rest.slice(end + 2)
      const next = [...lines, wire, 'QUIT'][replies.length - 1]
      if (next !== undefined) socket.write(`${next}\r\n`, 'latin1')
    }
  }
  return replies
}

async function assertTakesMail({ home, port }: Listening, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    const message = `Subject: number ${number}\n\n.\n\xe9\n`
    const replies = await session(port, message)
    assert.deepEqual(
      replies.map((reply) => reply.slice(0, 3)),
      ['220', '250', '250', '250', '354', '250', '221'],
      replies.join('\n'),
    )
    const found = (await untilMail(home.maildir, number)).find((one) => one.includes(`number ${number}\n`))
    assertDelivered(found ?? '', message)
  }
}

/** For the programs that set their ids by argument: the network's user, where there is one. */
function asNetworkUser({ accounts }: TestHome): readonly string[] {
  if (accounts.self.uid !== 0) return []
  return ['-u', String(accounts.qmaild.uid), '-g', String(accounts.qmaild.gid)]
}

test(
  'tcpserver -HR runs smtpd for each connection',
  { skip: without('tcpserver'), timeout: 60_000 },
  async (t) => {
    const listening = await listen(t, (home, port) => [
      'tcpserver',
      '-HR',
      ...asNetworkUser(home),
      '127.0.0.1',
      String(port),
      home.bin('smtpd'),
    ])
    await assertTakesMail(listening, 2)
    const [message = ''] = await untilMail(listening.home.maildir, 1)
    assert.match(message, /\nReceived: from unknown \(HELO client\.test\) \(127\.0\.0\.1\)\n {2}by /)
  },
)

const systemd = 'systemd-socket-activate'

test(
  'a systemd socket with Accept=yes runs smtpd for each connection',
  { skip: without(systemd), timeout: 60_000 },
  async (t) => {
    const listening = await listen(t, (home, port) => [
      systemd,
      '--accept',
      '--inetd',
      '--listen',
      `127.0.0.1:${port}`,
      home.bin('smtpd'),
    ])
    await assertTakesMail(listening, 2)
  },
)

test(
  'a systemd socket with Accept=no hands its listener to one smtpd',
  { skip: without(systemd), timeout: 60_000 },
  async (t) => {
    const listening = await listen(t, (home, port) => [
      systemd,
      '--listen',
      `127.0.0.1:${port}`,
      home.bin('smtpd'),
    ])
    await assertTakesMail(listening, 3)
  },
)

test(
  'QMAILQUEUE names the program that gets message and envelope',
  { skip: without('tcpserver'), timeout: 60_000 },
  async (t) => {
    const home = makeTestHome(t)
    const caught = `${home.home}/caught`
    mkdirSync(caught)
    chownSync(caught, home.accounts.qmaild.uid, home.accounts.qmaild.gid)
    const program = `${home.home}/bin/catcher`
    writeFileSync(program, `#!/bin/sh\ncat > '${caught}/message' && cat <&1 > '${caught}/envelope'\n`)
    chmodSync(program, 0o755)
    const port = await freePort()
    const args = ['-HR', ...asNetworkUser(home), '127.0.0.1', String(port), home.bin('smtpd')]
    const child = spawn(command('tcpserver') ?? '', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { PATH: process.env['PATH'] ?? '', QMAILQUEUE: program },
      detached: true,
    })
    t.after(() => end(child))
    const replies = await session(port, 'Subject: caught\n\nhello\n')
    assert.match(replies.at(-2) ?? '', /^250 (2\.0\.0 )?ok \d+ qp \d+$/)
    assert.match(
      readFileSync(`${caught}/message`, 'latin1'),
      /^Received: from .*\n {2}by .*\nSubject: caught\n\nhello\n$/,
    )
    assert.equal(readFileSync(`${caught}/envelope`, 'latin1'), 'Fjoe@remote.test\0Tyou@example.test\0\0')

    await t.test('and its exit code is the answer to the message', async () => {
      writeFileSync(program, '#!/bin/sh\nexit 31\n')
      const refused = await session(port, 'Subject: refused\n\nhello\n')
      assert.match(refused.at(-2) ?? '', /^554 (5\.3\.0 )?mail server permanently rejected message/)
    })

    await t.test('a resident smtpd asks it too', async () => {
      writeFileSync(program, `#!/bin/sh\ncat > '${caught}/resident' && cat <&1 >/dev/null\n`)
      const running = await startRunning(home.home, await freePort(), { QMAILQUEUE: program })
      t.after(() => running.kill().catch(() => {}))
      const answered = await session(running.port, 'Subject: resident\n\nhello\n')
      assert.match(answered.at(-2) ?? '', /^250 (2\.0\.0 )?ok /)
      assert.ok(existsSync(`${caught}/resident`))
      await running.stop()
    })
  },
)
