/** remote as a program, against foreign servers and a foreign clock, DNS and kernel: what a scripted far end cannot show. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { SMTPServer } from 'smtp-server'
import { startFarEnd } from '../../helpers/far-end.ts'
import { startNameServer } from '../../helpers/name-server.ts'
import { freePort, smtpSink, without, withoutPeer, withoutRoot } from '../../helpers/peers.ts'
import { program } from '../../helpers/program.ts'
import { byProgram, makeRemoteHome, runRemote } from '../../helpers/remote.ts'

const profiles = ['qmail', 'modern'] as const

/** smtp-sink on a free port, once it takes connections. It does not run as root. */
async function startSink(t: TestContext, options: readonly string[]): Promise<number> {
  const port = await freePort()
  const child = await smtpSink(t, port, [...(withoutRoot() === false ? ['-u', 'nobody'] : []), ...options])
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1')
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isUp) return port
  }
  throw new Error(`smtp-sink ended with ${child.exitCode}`)
}

test("Postfix's smtp-sink takes messages in both profiles", { skip: withoutPeer('postfix') }, async (t) => {
  using home = makeRemoteHome()
  mkdirSync(`${home.home}/sunk`)
  for (const path of [home.home, `${home.home}/sunk`]) chmodSync(path, 0o777)
  const port = await startSink(t, ['-d', `${home.home}/sunk/m.`])
  home.control({ smtproutes: `:127.0.0.1:${port}\n` })
  for (const profile of profiles) {
    home.control({ profile: `${profile}\n` })
    const report = await byProgram(home, {
      recipients: ['a@h.example', 'b@h.example'],
      message: `Subject: ${profile}\n\n.dot\n..\n`,
    })
    match(report, /^r\0r\0K127\.0\.0\.1 accepted message\.\nRemote host said: 250 .*\n\0$/)
  }
  const sunk = readdirSync(`${home.home}/sunk`).map((name) =>
    readFileSync(`${home.home}/sunk/${name}`, 'latin1'),
  )
  for (const profile of profiles)
    ok(
      sunk.some((text) => text.includes(`Subject: ${profile}\n\n.dot\n..\n`)),
      profile,
    )
})

test('smtp-sink refuses where it is told to', { skip: withoutPeer('postfix') }, async (t) => {
  const port = await startSink(t, ['-r', 'rcpt', '-h', 'sink.example'])
  using home = makeRemoteHome({ smtproutes: `:127.0.0.1:${port}\n`, profile: 'modern\n' })
  match(
    await byProgram(home, {}),
    /^[hs]127\.0\.0\.1 does not like recipient\.\nRemote host said: [45].*\n\0DGiving up on 127\.0\.0\.1\.\n\0$/,
  )
})

interface Taken {
  readonly from: string
  /** What MAIL said. */
  readonly size: string
  readonly to: readonly string[]
  readonly sha256: string
}

/** What MAIL said of the size, in smtp-server's words for it. */
function sizeIn(mailFrom: object): string {
  const parameters: unknown = 'args' in mailFrom ? mailFrom.args : undefined
  return typeof parameters === 'object' && parameters !== null && 'SIZE' in parameters
    ? String(parameters.SIZE)
    : 'none'
}

/** `size`: what it offers, and refuses beyond. */
async function nodemailerServer(t: TestContext, size: number, taken: Taken[]): Promise<number> {
  const limit = { size, authOptional: true }
  const server = new SMTPServer({
    ...limit,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, { envelope: { mailFrom, rcptTo } }, done) {
      const hash = createHash('sha256')
      stream.on('data', (chunk: Buffer) => void hash.update(chunk))
      stream.on('end', () => {
        taken.push({
          from: mailFrom === false ? '' : mailFrom.address,
          size: mailFrom === false ? 'none' : sizeIn(mailFrom),
          to: rcptTo.map(({ address }) => address),
          sha256: hash.digest('hex'),
        })
        done()
      })
    },
  })
  const listener = server.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  t.after(() => new Promise<void>((down) => void server.close(() => down())))
  return (listener.address() as AddressInfo).port
}

test("nodemailer's smtp-server gets envelope and message unharmed", async (t) => {
  const taken: Taken[] = []
  const port = await nodemailerServer(t, 10_000_000, taken)
  using home = makeRemoteHome({ smtproutes: `:127.0.0.1:${port}\n` })
  const message = `Subject: big\n\n${'.line with a dot\nand one without\r\n\n'.repeat(30_000)}`
  const sent = message.replaceAll(/\r?\n/g, '\r\n')
  for (const profile of profiles) {
    home.control({ profile: `${profile}\n` })
    match(
      await byProgram(home, {
        sender: 'from@d.example',
        recipients: ['a@h.example', 'b@h.example'],
        message,
      }),
      /^r\0r\0K/,
    )
  }
  const expected = {
    from: 'from@d.example',
    to: ['a@h.example', 'b@h.example'],
    sha256: createHash('sha256').update(sent).digest('hex'),
  }
  deepEqual(taken, [
    { ...expected, size: 'none' },
    { ...expected, size: String(sent.length) },
  ])
})

test('a server with a size limit refuses at MAIL what it learns to be too large', async (t) => {
  const taken: Taken[] = []
  const port = await nodemailerServer(t, 1000, taken)
  using home = makeRemoteHome({ smtproutes: `:127.0.0.1:${port}\n`, profile: 'modern\n' })
  match(
    await byProgram(home, { message: 'x'.repeat(2000) }),
    /^DConnected to 127\.0\.0\.1 but sender was rejected\.\nRemote host said: 552 .*\n\0$/,
  )
  deepEqual(taken, [])
})

const pythonServer = `
import socket, sys
s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(0)
fill = []
for _ in range(4):
    c = socket.socket(); c.setblocking(False); c.connect_ex(s.getsockname()); fill.append(c)
print(s.getsockname()[1], flush=True)
sys.stdin.read()
`

test(
  'a host that does not answer is a timeout, and is on record',
  { skip: without('python3') },
  async (t) => {
    const child: ChildProcess = spawn('python3', ['-c', pythonServer], { stdio: ['pipe', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer]
    using home = makeRemoteHome({ smtproutes: `:127.0.0.1:${Number(line)}\n`, timeoutconnect: '1\n' })
    const noConnection = "ZSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n\0"
    const before = Math.floor(Date.now() / 1000)
    equal(await byProgram(home, {}), noConnection)
    const record = readFileSync(`${home.home}/queue/lock/tcpto`).subarray(0, 16)
    deepEqual([...record.subarray(0, 5)], [127, 0, 0, 1, 1])
    const when = record.readUInt32LE(8)
    ok(when >= before && when <= Date.now() / 1000)
  },
)

test(
  'the program asks the name servers of resolv.conf and finds port 25',
  { skip: withoutRoot() || without('unshare') },
  async (t) => {
    const [dnsAddress, mxAddress] = ['127.0.53.53', '127.0.25.25']
    const farEnd = await startFarEnd({}, { host: mxAddress, port: 25 })
    t.after(() => farEnd.close())
    await using server = await startNameServer(
      { 'h.example': { MX: [[10, 'mx.h.example']] }, 'mx.h.example': { A: [mxAddress] } },
      dnsAddress,
      53,
    )
    using home = makeRemoteHome()
    writeFileSync(`${home.home}/resolv.conf`, `nameserver ${dnsAddress}\n`)
    const inNamespace = 'mount --bind "$0/resolv.conf" /etc/resolv.conf && exec "$@"'
    const child = spawn(
      'unshare',
      ['-m', 'sh', '-c', inNamespace, home.home, program('remote'), 'h.example', '', 'r@h.example'],
      {
        stdio: [home.messageFile('hi\n'), 'pipe', 'inherit'],
        env: { ...process.env, JSMAIL_HOME: home.home },
      },
    )
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString('latin1')))
    await once(child, 'close')
    equal(output, `r\0K${mxAddress} accepted message.\nRemote host said: 250 ok queued\n\0`)
    deepEqual(server.queries, ['MX h.example udp', 'A mx.h.example udp'])
  },
)

const measure = `
import os, resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
`

test(
  'a message of 64 MiB takes no more memory than the bounds allow',
  { skip: without('python3') },
  async () => {
    await using farEnd = await startFarEnd()
    using home = makeRemoteHome({ smtproutes: `:127.0.0.1:${farEnd.port}\n`, profile: 'modern\n' })
    const peakKilobytes = async (message: string): Promise<number> => {
      const child = spawn('python3', ['-c', measure, program('remote'), 'h.example', 's@d', 'r@h.example'], {
        stdio: [home.messageFile(message), 'pipe', 'inherit'],
        env: { ...process.env, JSMAIL_HOME: home.home },
      })
      let output = ''
      child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
      await once(child, 'close')
      return Number(output)
    }
    const small = await peakKilobytes('hi\n')
    const large = await peakKilobytes(`${'x'.repeat(75)}\n`.repeat((64 * 2 ** 20) / 76))
    equal(farEnd.messages.length, 2)
    ok(large - small <= 32 * 1024, `${small} KiB, then ${large} KiB`)
  },
)

test('arguments are bytes', async () => {
  await using farEnd = await startFarEnd()
  using home = makeRemoteHome({ smtproutes: `:127.0.0.1:${farEnd.port}\n` })
  const { output } = await runRemote(home, ['h.example', 'm\u00fc@d', 'r@h.example'])
  match(output, /^r\0K/)
  equal(farEnd.messages[0]?.sender, '"m\xc3\xbc"@d')
})
