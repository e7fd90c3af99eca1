/**
 * KILL to the whole process group at a random moment while clients send, ten times. In the end every message that was answered
 * with 250 is in the Maildir, undamaged, and no more is there twice than there were deliveries in flight.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { test } from 'node:test'
import { makeTestHome } from '../helpers/home.ts'
import { freePort } from '../helpers/peers.ts'
import { type Running, startRunning } from '../helpers/running.ts'

const ROUNDS = 10
const CLIENTS = 3
/** control/concurrencylocal of the test home: so many deliveries may be repeated for each kill. */
const IN_FLIGHT = 10
/** Between messages of one client: the deliveries shall keep up with ten rounds. */
const PAUSE_MS = 40

/** A message whose first line names its hash, so that damage shows. */
function message(): string {
  const body = `${randomBytes(randomInt(20, 4000))
    .toString('base64')
    .replaceAll(/(.{72})/g, '$1\r\n')}\r\n`
  return `Subject: ${createHash('sha256').update(body).digest('hex')}\r\n\r\n${body}`
}

const subjectOf = (text: string): string => /^Subject: ([0-9a-f]{64})$/m.exec(text)?.[1] ?? 'no subject'

/** Sends until the connection breaks; tells each message once it was tried and once it was acknowledged. */
async function send(port: number, sent: Set<string>, acknowledged: Set<string>): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.setEncoding('latin1')
  let heard = ''
  let broken = false
  let wake = (): void => {}
  socket.on('data', (text: string) => {
    heard += text
    wake()
  })
  socket.on('close', () => {
    broken = true
    wake()
  })
  const reply = async (): Promise<string | undefined> => {
    for (;;) {
      const final = /^\d{3} .*\r\n/m.exec(heard)
      if (final !== null) {
        heard = heard.slice(final.index + final[0].length)
        return final[0].slice(0, 3)
      }
      if (broken) return undefined
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  const say = (text: string): Promise<string | undefined> => {
    socket.write(text)
    return reply()
  }
  await reply()
  await say('EHLO client.example.test\r\n')
  const isBroken = (): boolean => broken
  while (!isBroken()) {
    await say('MAIL FROM:<>\r\n')
    await say('RCPT TO:<you@example.test>\r\n')
    await say('DATA\r\n')
    const text = message()
    sent.add(subjectOf(text.replaceAll('\r\n', '\n')))
    if ((await say(`${text}.\r\n`)) === '250') acknowledged.add(subjectOf(text.replaceAll('\r\n', '\n')))
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

interface Arrived {
  readonly times: ReadonlyMap<string, number>
  readonly damaged: readonly string[]
}

function arrived(maildir: string): Arrived {
  const times = new Map<string, number>()
  const damaged: string[] = []
  for (const name of readdirSync(`${maildir}/new`)) {
    const text = readFileSync(`${maildir}/new/${name}`, 'latin1')
    const subject = subjectOf(text)
    const body = text.slice(text.indexOf('\n\n') + 2).replaceAll('\n', '\r\n')
    if (createHash('sha256').update(body).digest('hex') !== subject) damaged.push(name)
    times.set(subject, (times.get(subject) ?? 0) + 1)
  }
  return { times, damaged }
}

function queueIsEmpty(home: string): boolean {
  return ['todo', 'info'].every(
    (directory) =>
      readdirSync(`${home}/queue/${directory}`, { recursive: true, withFileTypes: true }).filter((one) =>
        one.isFile(),
      ).length === 0,
  )
}

test(
  'ten kills while clients send: nothing acknowledged is missing or damaged',
  { timeout: 110_000 },
  async (t) => {
    const { home, maildir, control } = makeTestHome(t)
    control({ concurrencylocal: `${IN_FLIGHT}\n` })
    const sent = new Set<string>()
    const acknowledged = new Set<string>()
    const port = await freePort()
    let running: Running | undefined
    t.after(() => running?.kill().catch(() => {}))

    for (let round = 0; round < ROUNDS; round++) {
      running = await startRunning(home, port)
      const clients = Array.from({ length: CLIENTS }, () => send(port, sent, acknowledged))
      await new Promise((resolve) => setTimeout(resolve, randomInt(100, 1500)))
      await running.kill()
      await Promise.all(clients)
    }

    running = await startRunning(home, port)
    const deadline = Date.now() + 60_000
    while (!queueIsEmpty(home) && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50))
    assert.ok(queueIsEmpty(home), 'the queue is worked off')
    assert.equal(await running.stop(), 0)

    const { times, damaged } = arrived(maildir)
    const missing = [...acknowledged].filter((subject) => !times.has(subject))
    const unknown = [...times.keys()].filter((subject) => !sent.has(subject))
    const repeats = [...times.values()].reduce((sum, count) => sum + count - 1, 0)
    console.log(
      `# ${acknowledged.size} acknowledged of ${sent.size} sent, ${times.size} arrived, ${repeats} repeated`,
    )
    assert.ok(acknowledged.size > 50, `only ${acknowledged.size} messages were acknowledged`)
    assert.deepEqual({ missing, damaged, unknown }, { missing: [], damaged: [], unknown: [] })
    assert.ok(repeats <= ROUNDS * IN_FLIGHT, `${repeats} repeats`)
  },
)
