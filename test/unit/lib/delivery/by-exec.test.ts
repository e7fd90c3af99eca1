import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { deliverByExec } from '../../../../lib/delivery/by-exec.ts'
import type { Execution, Invocation } from '../../../../lib/delivery/execution.ts'
import type { Report } from '../../../../lib/delivery/delivery.ts'

const directory = mkdtempSync(join(tmpdir(), 'delivery-'))
const message = join(directory, 'message')
writeFileSync(message, 'first\nsecond\n')
after(() => rmSync(directory, { recursive: true }))

/** The report says how the program ended and all that it said. */
function outcome() {
  let said = ''
  return {
    receive: (chunk: Uint8Array) => void (said += Buffer.from(chunk).toString('latin1')),
    report: (exit: object): Report => ({ letter: 'K', text: `${Object.values(exit).join(' ')}:${said}` }),
  }
}

function shell(script: string, change: Partial<Execution> = {}) {
  const invocation: Invocation = {
    program: '/bin/sh',
    args: ['-c', script, 'name'],
    env: { PATH: process.env['PATH'] },
  }
  const deliver = deliverByExec({
    openMessage: () => openSync(message, 'r'),
    invocation: async (sender, recipient) => ({
      ...invocation,
      args: [...invocation.args, sender, recipient],
    }),
    outcome,
    unstarted: ({ cause }) => ({
      letter: 'D',
      text: `not started: ${String((cause as { code: string }).code)}`,
    }),
    ...change,
  })
  return deliver({ messid: '0/1', sender: 's@d', recipients: ['a@h'] })
}

test('the program gets the message on 0, and says things on 1 and 2 alike', async () => {
  assert.deepEqual(await shell('read a; echo $a; cat; echo err >/dev/stderr; echo "$@"'), [
    { letter: 'K', text: 'code 0:first\nsecond\nerr\ns@d a@h\n' },
  ])
})

test('descriptors 0, 1 and 2 are all that the program is given', async () => {
  // What this test itself was started with may be there as well.
  const list = 'ls /proc/$$/fd'
  const inherited = execFileSync('/bin/sh', ['-c', list], { encoding: 'latin1' })
  const [report] = await shell(list)
  assert.equal(report?.text, `code 0:${inherited}`)
})

test('a code and a signal are told apart', async () => {
  assert.equal((await shell('exit 3'))[0]?.text, 'code 3:')
  assert.equal((await shell('kill -9 $$'))[0]?.text, 'signal SIGKILL:')
})

test('a grandchild that keeps the output delays the report until it is done', async () => {
  const [report] = await shell('(sleep 0.2; echo late) & echo early; exit 0')
  assert.equal(report?.text, 'code 0:early\nlate\n')
})

test('a program that closes its output early is waited for', async () => {
  const [report] = await shell('echo out; exec >&- 2>&-; sleep 0.2; exit 5')
  assert.equal(report?.text, 'code 5:out\n')
})

test('a program that cannot be executed is told with its reason, and nothing stays open', async () => {
  const before = readdirSync('/proc/self/fd').length
  const invocation = async (): Promise<Invocation> => ({ program: '/nonexistent/x', args: [], env: {} })
  assert.deepEqual(await shell('', { invocation }), [{ letter: 'D', text: 'not started: ENOENT' }])
  assert.equal(readdirSync('/proc/self/fd').length, before)
})

test('a message that cannot be opened starts nothing', async () => {
  const trouble: Report = { letter: 'Z', text: 'no message' }
  assert.deepEqual(await shell('exit 1', { openMessage: () => trouble }), [trouble])
})

test('a delivery that needs no program closes the message', async () => {
  let fd = -1
  const report: Report = { letter: 'K', text: '' }
  const openMessage = () => (fd = openSync(message, 'r'))
  assert.deepEqual(await shell('exit 1', { openMessage, invocation: async () => report }), [report])
  assert.throws(() => closeSync(fd), { code: 'EBADF' })
})

test('several recipients are several programs, reported in their order', async () => {
  const deliver = deliverByExec({
    openMessage: () => openSync(message, 'r'),
    invocation: async (_, recipient) => ({ program: '/bin/sh', args: ['-c', `echo ${recipient}`], env: {} }),
    outcome,
    unstarted: () => assert.fail(),
  })
  const reports = await deliver({ messid: '0/1', sender: '', recipients: ['a@h', 'b@h'] })
  assert.deepEqual(
    reports.map(({ text }) => text),
    ['code 0:a@h\n', 'code 0:b@h\n'],
  )
})
