/**
 * Bad input and bad luck, against the running suite: a clear answer, nothing lost, nobody else disturbed. (Stalling and unread clients, idle
 * ones by the thousand, NULs, bare line ends and every cap: test/unit/src/smtpd and test/conformance/smtpd.)
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { makeTestHome } from '../helpers/home.ts'
import { untilSubject } from '../helpers/mailbox.ts'
import { freePort } from '../helpers/peers.ts'
import { type Running, startRunning } from '../helpers/running.ts'

/** One connection, a line at a time. */
class Client {
  readonly #socket: Socket
  #heard = ''

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1').setEncoding('latin1')
    this.#socket.on('data', (text: string) => (this.#heard += text))
    this.#socket.on('error', () => {})
  }

  /** The next whole reply; the empty string when the server closes. */
  async reply(): Promise<string> {
    for (;;) {
      const found = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/.exec(this.#heard)
      if (found !== null) {
        this.#heard = this.#heard.slice(found[0].length)
        return found[0].trim()
      }
      if (this.#socket.closed) return ''
      await Promise.race([once(this.#socket, 'data'), once(this.#socket, 'close')])
    }
  }

  async say(...lines: readonly string[]): Promise<string> {
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(''))
    return this.reply()
  }

  write(text: string): void {
    this.#socket.write(text)
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** The answer to the dot; the envelope must have been accepted. */
async function sendTo(port: number, subject: string, body = 'hello'): Promise<string> {
  const client = new Client(port)
  try {
    await client.reply()
    await client.say('EHLO client.test')
    await client.say('MAIL FROM:<joe@remote.test>')
    assert.match(await client.say('RCPT TO:<you@example.test>'), /^250 /)
    assert.match(await client.say('DATA'), /^354 /)
    return await client.say(`Subject: ${subject}`, '', body, '.')
  } finally {
    client.close()
  }
}

const memoryKiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1])

function smtpdOf(running: Running): number {
  const line = running.lines.find((one) => /^smtpd \d+ listen /.test(one)) ?? ''
  return Number(line.split(' ')[1])
}

test('a hundred thousand commands in one breath are answered in order, and others are served meanwhile', async (t) => {
  const { home, maildir } = makeTestHome(t)
  const running = await startRunning(home, await freePort())
  t.after(() => running.kill().catch(() => {}))
  const before = memoryKiB(smtpdOf(running))
  const count = 100_000
  const client = new Client(running.port)
  await client.reply()
  client.write('NOOP\r\n'.repeat(count - 1) + 'RSET\r\n')
  assert.match(await sendTo(running.port, 'meanwhile'), /^250 /)
  for (let index = 1; index < count; index++) assert.equal(await client.reply(), '250 2.0.0 ok')
  assert.equal(await client.reply(), '250 2.0.0 flushed')
  client.close()
  await untilSubject(maildir, 'meanwhile')
  const grown = memoryKiB(smtpdOf(running)) - before
  assert.ok(grown < 33 * 1024, `smtpd grew by ${grown} KiB`)
  assert.equal(await running.stop(), 0)
})

test('a missing Maildir is a deferral, and the message comes when the Maildir is back', async (t) => {
  const { home, maildir } = makeTestHome(t)
  const running = await startRunning(home, await freePort())
  t.after(() => running.kill().catch(() => {}))
  renameSync(maildir, `${maildir}.away`)
  assert.match(await sendTo(running.port, 'later'), /^250 /)
  await untilLine(running, /^delivery \d+: deferral: Unable_to_chdir_to_maildir\._\(#4\.2\.1\)\/$/)
  renameSync(`${maildir}.away`, maildir)
  // send's pid is start's child: ALRM to start is handed on and makes everything due now.
  process.kill(pidOf(running, 'start'), 'SIGALRM')
  await untilSubject(maildir, 'later')
  assert.equal(await running.stop(), 0)
})

function pidOf(running: Running, name: string): number {
  const line = running.lines.find((one) => new RegExp(`^${name} \\d+ `).test(one)) ?? ''
  return Number(line.split(' ')[1])
}

async function untilLine(running: Running, pattern: RegExp): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!running.lines.some((line) => pattern.test(line))) {
    assert.ok(Date.now() < deadline, `no line like ${pattern} in\n${running.lines.join('\n')}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const messagesLeft = (queue: string): number =>
  readdirSync(`${queue}/mess`, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).length

const isRoot = process.getuid?.() === 0

test(
  'a full disk is "later" for the client and loses nothing',
  { skip: isRoot ? false : 'needs root to mount' },
  async (t) => {
    const { home, maildir } = makeTestHome(t)
    const queue = `${home}/queue`
    // The queue alone lies on a small disk; what makeHome put there moves along.
    const kept = `${home}/queue.kept`
    renameSync(queue, kept)
    mkdirSync(queue)
    assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', queue]).status, 0)
    let running: Running | undefined
    try {
      assert.equal(spawnSync('cp', ['-a', `${kept}/.`, queue]).status, 0)
      running = await startRunning(home, await freePort())
      const large = `${'x'.repeat(76)}\r\n`.repeat(100_000).trimEnd()
      assert.equal(await sendTo(running.port, 'too large', large), '451 4.3.0 qq write error or disk full')
      assert.match(await sendTo(running.port, 'small'), /^250 /)
      await untilSubject(maildir, 'small')
      // What it took is free again only when it has left the queue.
      while (messagesLeft(queue) > 0) await new Promise((resolve) => setTimeout(resolve, 10))
      writeFileSync(`${queue}/ballast`, Buffer.alloc(4_000_000))
      spawnSync('sh', ['-c', `cat /dev/zero > '${queue}/ballast2'`])
      assert.match(await sendTo(running.port, 'on a full disk'), /^451 4\.3\.0 /)
      rmSync(`${queue}/ballast`)
      rmSync(`${queue}/ballast2`)
      assert.match(await sendTo(running.port, 'with room again'), /^250 /)
      await untilSubject(maildir, 'with room again')
      assert.equal(await running.stop(), 0)
      const subjects = readdirSync(`${maildir}/new`).map((name) =>
        readFileSync(`${maildir}/new/${name}`, 'latin1'),
      )
      assert.equal(subjects.length, 2, 'what was refused was not delivered')
    } finally {
      await running?.kill().catch(() => {})
      // Lazily: whatever still has a file open must not keep the home from being removed.
      spawnSync('umount', ['-l', queue])
    }
  },
)

test(
  'an unreadable control file is "later" for new clients, until it can be read again',
  {
    skip: isRoot
      ? false
      : 'needs the walls of root: a file of his own cannot be closed to its owner for long',
  },
  async (t) => {
    const { home } = makeTestHome(t)
    const running = await startRunning(home, await freePort())
    t.after(() => running.kill().catch(() => {}))
    assert.match(await sendTo(running.port, 'before'), /^250 /)
    chmodSync(`${home}/control/rcpthosts`, 0)
    const deadline = Date.now() + 10_000
    const greeting = async (): Promise<string> => {
      const client = new Client(running.port)
      const said = await client.reply()
      client.close()
      return said
    }
    // Looked at once a second at most.
    while (!(await greeting()).startsWith('421 ')) {
      assert.ok(Date.now() < deadline, 'the file was never found unreadable')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    assert.match(await greeting(), /^421 .*unable to read controls/)
    chmodSync(`${home}/control/rcpthosts`, 0o644)
    while (!(await greeting()).startsWith('220 ')) {
      assert.ok(Date.now() < deadline, 'the file was never found readable again')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    assert.match(await sendTo(running.port, 'after'), /^250 /)
  },
)
