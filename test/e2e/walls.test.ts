/**
 * The wall around the queue: a process with smtpd's ids tries everything on every entry beneath queue/, and every single attempt is
 * refused by the kernel. The same attempts as the queue's own user succeed, so the test can fail.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { makeTestHome, type TestHome } from '../helpers/home.ts'
import { makePreprocessed } from '../helpers/preprocessed.ts'

const isRoot = process.getuid?.() === 0
const skip = isRoot ? false : 'needs root: without it all programs are one user'

/** Tries all on each path of a list; prints what was possible, a line each. Left as it was where it can be. */
const intruder = `
const fs = require('node:fs')
const [, , list, scratch] = process.argv
const attempts = {
  read: (path) => fs.closeSync(fs.openSync(path, 'r')),
  write: (path) => fs.closeSync(fs.openSync(path, 'r+')),
  'write into': (path) => fs.closeSync(fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_NONBLOCK)),
  create: (path) => fs.closeSync(fs.openSync(path + '/intruder', 'wx')),
  link: (path) => fs.linkSync(path, scratch + '/link'),
  'link in': (path) => fs.linkSync(scratch + '/own', path + '.intruder'),
  unlink: (path) => fs.unlinkSync(path),
  rmdir: (path) => fs.rmdirSync(path),
  rename: (path) => fs.renameSync(path, path + '.moved'),
  chmod: (path) => fs.chmodSync(path, 0o777),
  chown: (path) => fs.chownSync(path, process.getuid(), process.getgid()),
  truncate: (path) => fs.truncateSync(path, 0),
  utimes: (path) => fs.utimesSync(path, 0, 0),
}
fs.writeFileSync(scratch + '/own', 'mine')
let count = 0
for (const path of fs.readFileSync(list, 'utf8').trim().split('\\n')) {
  for (const [name, attempt] of Object.entries(attempts)) {
    count += 1
    try {
      attempt(path)
      console.log(name + ' ' + path)
    } catch (error) {
      if (!['EACCES', 'EPERM', 'EISDIR'].includes(error.code)) console.log(name + ' ' + path + ': ' + error.code)
    }
  }
}
console.error(count)
`

interface Intrusion {
  readonly attempts: number
  readonly possible: readonly string[]
}

function intrude(home: TestHome, id: { readonly uid: number; readonly gid: number }): Intrusion {
  const scratch = mkdtempSync(`${tmpdir()}/jsmail-intruder-`)
  try {
    chmodSync(scratch, 0o777)
    const entries = readdirSync(`${home.home}/queue`, { recursive: true, encoding: 'utf8' })
    writeFileSync(
      `${scratch}/list`,
      [`${home.home}/queue`, ...entries.map((name) => `${home.home}/queue/${name}`)].join('\n'),
    )
    writeFileSync(`${scratch}/intruder.cjs`, intruder)
    const as = [`--reuid=${id.uid}`, `--regid=${id.gid}`, '--clear-groups', process.execPath]
    const { status, stdout, stderr } = spawnSync(
      'setpriv',
      [...as, `${scratch}/intruder.cjs`, `${scratch}/list`, scratch],
      { encoding: 'utf8' },
    )
    assert.equal(status, 0, stderr)
    return { attempts: Number(stderr), possible: stdout.split('\n').filter((line) => line !== '') }
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

test('nothing in the queue is in reach of smtpd, nor of the users of mailboxes', { skip }, (t) => {
  const home = makeTestHome(t)
  makePreprocessed(home)
  const { accounts } = home
  for (const [name, id] of Object.entries({
    qmaild: accounts.qmaild,
    you: accounts.you,
    alias: accounts.alias,
  })) {
    const { attempts, possible } = intrude(home, id)
    assert.ok(attempts > 1000, `${attempts} attempts`)
    assert.deepEqual(possible, [], `as ${name}`)
  }
})

test("the queue's own user gets through, so the wall is what stops the others", { skip }, (t) => {
  const home = makeTestHome(t)
  makePreprocessed(home)
  const { possible } = intrude(home, home.accounts.qmailq)
  assert.ok(possible.some((line) => line.startsWith('unlink ') && line.includes('/mess/')))
})
