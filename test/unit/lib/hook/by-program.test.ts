/** Real programs as hooks: their descriptors, environment, exit codes, and what they may do wrong. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { findHooks, rcptCheck } from '../../../../lib/hook/by-program.ts'
import type { Facts, Hook, Verdict } from '../../../../lib/hook/hook.ts'
import { judge } from '../../../../lib/hook/judge.ts'
import type { Fields } from '../../../../lib/program/log.ts'

const facts: Facts = {
  helo: 'client.example',
  sender: 'joe@remote.example',
  recipient: 'you@local.example',
  recipientCount: 3,
  extras: [['MAIL:SIZE', '123']],
  env: { PATH: process.env['PATH'], TCPREMOTEIP: '192.0.2.7', BYTES: 'é\xff' },
}

class Home {
  readonly path: string
  readonly log: Fields[] = []
  now = 0

  constructor(t: TestContext) {
    this.path = mkdtempSync(join(tmpdir(), 'hooks-'))
    t.after(() => rmSync(this.path, { recursive: true, force: true }))
    mkdirSync(`${this.path}/control/hooks/rcpt`, { recursive: true })
  }

  get runner() {
    return {
      home: this.path,
      clock: { now: () => this.now },
      log: (_: string, fields: Fields = {}) => void this.log.push(fields),
    }
  }

  write(name: string, text: string, mode = 0o755): string {
    const path = `${this.path}/${name}`
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
    chmodSync(path, mode)
    return path
  }

  /** A shell script as a hook at rcpt. */
  script(name: string, ...lines: readonly string[]): void {
    this.write(`control/hooks/rcpt/${name}`, `#!/bin/sh\n${lines.join('\n')}\n`)
  }

  read(name: string): string {
    return readFileSync(`${this.path}/${name}`, 'latin1')
  }

  get hooks(): readonly Hook[] {
    return findHooks('rcpt', this.runner)(() => undefined)
  }

  judge(): Promise<Verdict> {
    return judge(this.hooks, facts, this.runner.clock, () => {})
  }
}

test('without a directory there are no hooks', (t) => {
  const home = new Home(t)
  rmSync(`${home.path}/control`, { recursive: true })
  deepEqual(home.hooks, [])
})

test('a hook finds the facts on descriptor 3 and in its environment, and its home as the working directory', async (t) => {
  const home = new Home(t)
  home.script(
    '10-see',
    'cat <&3 > record',
    'printf "%s|" "$SMTPSTAGE" "$HELO" "$SENDER" "$RECIPIENT" "$RCPTCOUNT" "$TCPREMOTEIP" "$BYTES" "$1" > env',
    'readlink /proc/self/fd/0 > zero',
  )
  deepEqual(await home.judge(), { is: 'continue' })
  equal(home.read('record'), 'client.example\0joe@remote.example\0you@local.example\0MAIL:SIZE=123\0\0')
  equal(home.read('env'), 'rcpt|client.example|joe@remote.example|you@local.example|3|192.0.2.7|é\xff|true|')
  equal(home.read('zero'), '/dev/null\n')
})

test('descriptors 1, 2, 3 and 4 are real pipes', async (t) => {
  const home = new Home(t)
  home.script(
    '10-open',
    'for fd in 1 2 4; do : > /proc/self/fd/$fd || exit 100; done',
    'cat /dev/fd/3 > /dev/null',
  )
  deepEqual(await home.judge(), { is: 'continue' })
})

test('its exit code is the verdict, and descriptor 4 its words', async (t) => {
  const home = new Home(t)
  home.script('10-refuse', 'echo "550 no such user" >&4', 'exit 100')
  deepEqual(await home.judge(), { is: 'refuse', retry: 'never', reply: '550 no such user\n' })
  home.script('10-refuse', 'printf "=%s" "new@local.example" >&4')
  deepEqual(await home.judge(), { is: 'continue', recipient: 'new@local.example' })
})

test('a hook may start the program in its arguments when it agrees', async (t) => {
  const home = new Home(t)
  home.script('10-chain', 'exec "$@"')
  deepEqual(await home.judge(), { is: 'continue' })
})

test('hooks run in the order of their names', async (t) => {
  const home = new Home(t)
  home.script('20-second', 'echo second >> order; exit 1')
  home.script('10-first', 'echo first >> order')
  home.script('30-third', 'echo third >> order')
  home.script('05-off.off', 'echo off >> order')
  equal((await home.judge()).is, 'refuse')
  equal(home.read('order'), 'first\nsecond\n')
})

test('what it prints is logged, a line at a time, and no more than is reasonable', async (t) => {
  const home = new Home(t)
  home.script('10-chatty', 'echo one', 'echo two >&2', 'yes | head -c 1000000')
  deepEqual(await home.judge(), { is: 'continue' })
  const said = home.log.map(({ text }) => text)
  equal(said.includes('one') && said.includes('two'), true)
  equal(said.length < 3000, true)
})

test('a hook that hangs is killed at its timeout and refuses for now', async (t) => {
  const home = new Home(t)
  home.script('10-hang', 'exec sleep 600')
  home.write('control/hooks/rcpt/10-hang.conf', 'timeout=1\n', 0o644)
  const began = Date.now()
  deepEqual(await home.judge(), { is: 'refuse', retry: 'later', reply: '' })
  equal(Date.now() - began < 5000, true)
  equal(home.log[0]?.['is'], 'timeout')
})

test('a child of the hook that keeps its descriptors delays nothing', async (t) => {
  const home = new Home(t)
  home.script('10-daemon', 'sleep 5 &', 'exit 0')
  const began = Date.now()
  deepEqual(await home.judge(), { is: 'continue' })
  equal(Date.now() - began < 2000, true)
})

test('what cannot be started, crashes, or answers nonsense refuses for now; with on-error=skip it is passed over', async (t) => {
  const home = new Home(t)
  const troubles: Readonly<Record<string, () => void>> = {
    'not executable': () => void home.write('control/hooks/rcpt/10-x', '#!/bin/sh\n', 0o644),
    'no such interpreter': () => void home.write('control/hooks/rcpt/10-x', '#!/nonexistent\n'),
    crash: () => home.script('10-x', 'kill -SEGV $$'),
    nonsense: () => home.script('10-x', 'exit 42'),
  }
  for (const [name, make] of Object.entries(troubles)) {
    make()
    rmSync(`${home.path}/control/hooks/rcpt/10-x.conf`, { force: true })
    deepEqual(await home.judge(), { is: 'refuse', retry: 'later', reply: '' }, name)
    home.write('control/hooks/rcpt/10-x.conf', 'on-error=skip\n', 0o644)
    deepEqual(await home.judge(), { is: 'continue' }, name)
    rmSync(`${home.path}/control/hooks/rcpt/10-x`)
  }
})

test('on-error=skip does not pass over a refusal that was meant', async (t) => {
  const home = new Home(t)
  home.script('10-x', 'exit 75')
  home.write('control/hooks/rcpt/10-x.conf', 'on-error=skip\n', 0o644)
  equal((await home.judge()).is, 'refuse')
})

test('in shadow a verdict is logged and not obeyed', async (t) => {
  const home = new Home(t)
  home.script('10-x', 'exit 100')
  home.write('control/hooks/rcpt/10-x.conf', 'mode=shadow\n', 0o644)
  deepEqual(await home.judge(), { is: 'continue' })
  deepEqual(home.log.at(-1), { hook: '10-x', mode: 'shadow', verdict: 'refuse', retry: 'never' })
})

test('JSMAIL_HOOKS names another directory; empty, it turns hooks off', (t) => {
  const home = new Home(t)
  home.script('10-here', 'exit 0')
  home.write('elsewhere/rcpt/10-there', '#!/bin/sh\n')
  const names = (value: string | undefined): readonly string[] =>
    findHooks(
      'rcpt',
      home.runner,
    )((name) => (name === 'JSMAIL_HOOKS' ? value : undefined)).map(({ name }) => name)
  deepEqual(names(undefined), ['10-here'])
  deepEqual(names('elsewhere'), ['10-there'])
  deepEqual(names(`${home.path}/elsewhere`), ['10-there'])
  deepEqual(names(''), [])
})

test('a hook that was added is seen a second later', (t) => {
  const home = new Home(t)
  const find = findHooks('rcpt', home.runner)
  const count = (): number => find(() => undefined).length
  equal(count(), 0)
  home.script('10-new', 'exit 0')
  home.now = 999
  equal(count(), 0)
  home.now = 1000
  equal(count(), 1)
})

test('a directory that cannot be read refuses for now', async (t) => {
  const home = new Home(t)
  rmSync(`${home.path}/control/hooks/rcpt`, { recursive: true })
  home.write('control/hooks/rcpt', 'no directory', 0o644)
  deepEqual(await home.judge(), { is: 'refuse', retry: 'later', reply: '' })
})

test('a RCPTCHECK program runs unmodified', async (t) => {
  const home = new Home(t)
  const check = home.write(
    'check',
    '#!/bin/sh\n[ "$USE_FD4" = 1 ] && echo "550 $SENDER $RECIPIENT $HELO" >&4\nexit 100\n',
  )
  const verdict = await rcptCheck(check, home.runner).run(facts)
  equal(verdict.is, 'refuse')
  match(
    verdict.is === 'refuse' ? verdict.reply : '',
    /^550 joe@remote.example you@local.example client.example/,
  )
  equal((await rcptCheck('check', home.runner).run(facts)).is, 'refuse')
  const missing = await rcptCheck('/nonexistent', home.runner).run(facts)
  match(missing.is === 'refuse' ? missing.reply : '', /^421 /)
})
