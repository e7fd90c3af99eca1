/** qread and qstat as they are started, over a home with walls: output, exit codes, and who may run them. Cases E24 and E25. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { headerDate } from '../../../lib/date/date.ts'
import { infoPath, messPath } from '../../../lib/queue/paths.ts'
import { makeTestHome, type TestHome } from '../../helpers/home.ts'
import { withoutRoot } from '../../helpers/peers.ts'
import { makePreprocessed } from '../../helpers/preprocessed.ts'

interface Said {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function run({ home, bin }: TestHome, program: string, id: { uid?: number; gid?: number } = {}): Said {
  const env = { JSMAIL_HOME: home, PATH: process.env['PATH'] ?? '' }
  const { status, stdout, stderr } = spawnSync(bin(program), { ...id, env, encoding: 'latin1' })
  return { status, stdout, stderr }
}

test('E24: qread prints what send has taken up', (t) => {
  const home = makeTestHome(t)
  const { info } = makePreprocessed(home)
  const queue = `${home.home}/queue`
  const { mtimeMs } = statSync(`${queue}/${infoPath(info)}`)
  const { size } = statSync(`${queue}/${messPath(info)}`)
  const date = headerDate(Math.floor(mtimeMs / 1000) * 1000).replace('-0000', 'GMT')
  const { status, stdout, stderr } = run(home, 'qread')
  assert.deepEqual([status, stderr], [0, ''])
  // The helper leaves its envelope in todo: that changes nothing for qread.
  assert.equal(stdout, `${date}  #${info}  ${size}  <b@example.test>  bouncing\n\tlocal\tyou@example.test\n`)
  assert.deepEqual(run(home, 'qmail-qread').stdout, stdout)
})

test('E25: qstat prints two lines', (t) => {
  const home = makeTestHome(t)
  makePreprocessed(home)
  assert.deepEqual(run(home, 'qstat'), {
    status: 0,
    stdout: 'messages in queue: 2\nmessages in queue but not yet preprocessed: 2\n',
    stderr: '',
  })
})

test('the user of send may run both, a stranger neither', { skip: withoutRoot() }, (t) => {
  const home = makeTestHome(t)
  makePreprocessed(home)
  const { qmails, qmaild, qmail } = home.accounts
  const sender = { uid: qmails.uid, gid: qmail }
  assert.match(run(home, 'qread', sender).stdout, /bouncing\n\tlocal\tyou@example.test\n$/)
  assert.match(run(home, 'qstat', sender).stdout, /^messages in queue: 2\n/)
  assert.deepEqual(run(home, 'qread', qmaild), {
    status: 111,
    stdout: 'fatal: unable to read queue/todo: access denied\n',
    stderr: '',
  })
  assert.deepEqual(run(home, 'qstat', qmaild), {
    status: 111,
    stdout: '',
    stderr: 'qmail-qstat: unable to read queue/mess/0: access denied\n',
  })
})

test('without a queue both say so', (t) => {
  const home = mkdtempSync(`${tmpdir()}/jsmail-`)
  t.after(() => rmSync(home, { recursive: true }))
  chmodSync(home, 0o755)
  mkdirSync(`${home}/queue`)
  const env = { JSMAIL_HOME: home, PATH: process.env['PATH'] ?? '' }
  const { bin } = makeTestHome(t)
  assert.equal(spawnSync(bin('qread'), { env }).status, 111)
  assert.equal(spawnSync(bin('qstat'), { env }).status, 111)
})
