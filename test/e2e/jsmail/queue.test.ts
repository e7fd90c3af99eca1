/**
 * `jsmail queue` beside the real suite: what is done to a message while send runs is what send does from then on, and what is done
 * while it does not is what its next start goes by. In the place of remote stands a script that never delivers.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test, type TestContext } from 'node:test'
import { bouncePath, channelPath, messPath } from '../../../lib/queue/paths.ts'
import { Running } from '../../contract/start/running.ts'
import { makeTestHome, type TestHome } from '../../helpers/home.ts'

function homeWhereRemoteDefers(t: TestContext, control: Readonly<Record<string, string>> = {}): TestHome {
  const home = makeTestHome(t, control)
  rmSync(home.bin('remote'), { force: true })
  rmSync(home.bin('qmail-remote'), { force: true })
  writeFileSync(home.bin('remote'), `#!/bin/sh\nprintf 'r\\0ZNot today.\\n\\0'\n`)
  chmodSync(home.bin('remote'), 0o755)
  return home
}

function queue({ home, bin }: TestHome, recipient: string): void {
  writeFileSync(`${home}/message`, 'Subject: t\n\nbody\n')
  writeFileSync(`${home}/envelope`, `Fyou@example.test\0T${recipient}\0\0`)
  const script = `'${bin('queue')}' <'${home}/message' 1<'${home}/envelope'`
  assert.equal(spawnSync('/bin/sh', ['-c', script]).status, 0)
}

function jsmail(
  { home, bin }: TestHome,
  ...args: readonly string[]
): { status: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(bin('jsmail'), ['queue', ...args], {
    env: { JSMAIL_HOME: home, PATH: process.env['PATH'] ?? '' },
    encoding: 'latin1',
  })
  return { status, out: stdout, err: stderr }
}

/** The number of the message that was deferred for this recipient. */
async function deferred(start: Running, recipient: string): Promise<string> {
  const [, delivery = '', number = ''] = await start.says(
    new RegExp(`^starting delivery (\\d+): msg (\\d+) to remote ${recipient}$`, 'm'),
  )
  await start.says(new RegExp(`^delivery ${delivery}: deferral: Not_today`, 'm'))
  return number
}

test('beside a running send: list, remove, bounce and try everything again', async (t) => {
  const home = homeWhereRemoteDefers(t)
  const start = new Running(t, home)
  await start.says(/ready/)
  queue(home, 'one@far.example')
  queue(home, 'two@far.example')
  queue(home, 'three@far.example')
  const one = await deferred(start, 'one@far.example')
  const two = await deferred(start, 'two@far.example')
  const three = await deferred(start, 'three@far.example')

  writeFileSync(`${home.home}/log`, start.said)
  const listed = jsmail(home, '--json', '--log', `${home.home}/log`, '--recipient', 'two@*')
  assert.equal(listed.status, 0)
  const message = JSON.parse(listed.out)
  assert.deepEqual(
    [message.number, message.sender, message.recipients[0].answer],
    [two, 'you@example.test', { outcome: 'deferral', text: 'Not_today./' }],
  )
  assert.match(jsmail(home, 'summary').out, /\nfar\.example +3 +3 /)

  const refusal = jsmail(home, 'retry', one)
  assert.deepEqual([refusal.status, refusal.out], [111, ''])
  assert.match(jsmail(home, 'remove', one).out, /will not be delivered/)
  assert.match(jsmail(home, 'bounce', two).out, /given up for 1 recipient;/)
  assert.match(jsmail(home, 'retry', '--all').out, /^send \(process \d+\) tries everything now\n$/)

  await start.says(new RegExp(`^end msg ${one}$`, 'm'))
  await start.says(new RegExp(`^bounce msg ${two} qp \\d+$[^]*^end msg ${two}$`, 'm'))
  // The bounce goes to a mailbox here.
  await start.says(/to local you@example\.test$[^]*success: did_1\+0\+0/m)
  await start.says(new RegExp(`(msg ${three} to remote[^]*){2}Not_today`, 'm'))
  assert.equal(start.said.split(`msg ${one} to remote`).length, 2)
  assert.equal(start.said.includes(`bounce msg ${one} `), false)
  const [file = ''] = readdirSync(`${home.maildir}/new`)
  const bounce = readFileSync(`${home.maildir}/new/${file}`, 'latin1')
  assert.match(bounce, /\n<two@far\.example>:\nThe postmaster of this host .*\n\n\n--/)
  assert.match(bounce, /\nFinal-Recipient: rfc822; two@far\.example\nAction: failed\n/)
  assert.match(jsmail(home).out, new RegExp(`^${three} [^]*\n1 message, `))

  start.signal('SIGTERM')
  assert.equal(await start.ended, 0)
})

test('a recipient that is taken away before its first attempt never gets one', async (t) => {
  const home = homeWhereRemoteDefers(t, { concurrencyremote: '1\n' })
  const gate = `${home.home}/gate`
  execFileSync('mkfifo', ['-m', '666', gate])
  writeFileSync(home.bin('remote'), `#!/bin/sh\nread line <'${gate}'\nprintf 'r\\0Kok\\n\\0'\n`)
  const start = new Running(t, home)
  await start.says(/ready/)
  queue(home, 'first@far.example')
  await start.says(/to remote first@far\.example$/m)
  // The one slot is taken: the second is next in line, the third waits, and send has its recipient in memory.
  queue(home, 'second@far.example')
  await start.says(/(^info msg [^]*){2}/m)
  queue(home, 'third@far.example')
  const [, third = ''] = await start.says(/(?:^info msg (\d+): [^]*){3}/m)
  while (existsSync(`${home.home}/queue/todo/${third}`))
    await new Promise((resolve) => setTimeout(resolve, 5))
  assert.match(jsmail(home, 'remove', third).out, /will not be delivered/)
  writeFileSync(gate, 'go\n')
  await start.says(/to remote second@far\.example$/m)
  writeFileSync(gate, 'go\n')
  await start.says(new RegExp(`^end msg ${third}$`, 'm'))
  assert.equal(start.said.includes(`msg ${third} to remote`), false)
  start.signal('SIGTERM')
  assert.equal(await start.ended, 0)
})

test('without send: what is removed is gone, what is made due is tried at the next start, and nothing else', async (t) => {
  const home = homeWhereRemoteDefers(t)
  const first = new Running(t, home)
  await first.says(/ready/)
  for (const name of ['one', 'two', 'three', 'four']) queue(home, `${name}@far.example`)
  const numbers: string[] = []
  for (const name of ['one', 'two', 'three', 'four'])
    numbers.push(await deferred(first, `${name}@far.example`))
  const [one = '', two = '', three = '', four = ''] = numbers
  first.signal('SIGTERM')
  assert.equal(await first.ended, 0)

  assert.equal(jsmail(home, 'remove', one).out, `${one}: removed\n`)
  assert.equal(existsSync(`${home.home}/queue/${messPath(one)}`), false)
  assert.equal(existsSync(`${home.home}/queue/${channelPath('remote', one)}`), false)
  assert.equal(jsmail(home, 'retry', two).status, 0)
  assert.equal(jsmail(home, 'bounce', '--reason', 'Enough.', four).status, 0)
  assert.equal(existsSync(`${home.home}/queue/${bouncePath(four)}`), true)

  const second = new Running(t, home)
  await second.says(new RegExp(`msg ${two} to remote`))
  await second.says(/Not_today/)
  await second.says(new RegExp(`^end msg ${four}$`, 'm'))
  await second.says(/success: did_1\+0\+0/)
  const [file = ''] = readdirSync(`${home.maildir}/new`)
  assert.match(readFileSync(`${home.maildir}/new/${file}`, 'latin1'), /\n<four@far\.example>:\nEnough\.\n\n/)
  assert.equal(second.said.includes(`msg ${three} `), false)
  assert.equal(second.said.includes(`msg ${one} `), false)
  second.signal('SIGTERM')
  assert.equal(await second.ended, 0)
})
