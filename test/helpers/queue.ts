/**
 * A queue for tests: directories and nothing running. As root the home gets numeric accounts in users/ids, and the queue is
 * owned as on a real system, so that the programs do not refuse it and the walls are real.
 */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { SPLIT } from '../../lib/queue/paths.ts'

export const accounts = {
  alias: 64001,
  qmaild: 64002,
  qmaill: 64003,
  qmailp: 64004,
  qmailq: 64005,
  qmailr: 64006,
  qmails: 64007,
}
const group = { qmail: 64010, nofiles: 64011 }
const inQmail: readonly string[] = ['qmailq', 'qmailr', 'qmails']
const isRoot = process.getuid?.() === 0

function directory(path: string, owner: keyof typeof accounts, mode: number): void {
  mkdirSync(path, { recursive: true })
  if (!isRoot) return
  chownSync(path, accounts[owner], group.qmail)
  chmodSync(path, mode)
}

export function makeQueue(home: string): void {
  for (const name of ['control', 'bin', 'users']) mkdirSync(`${home}/${name}`, { recursive: true })
  if (isRoot) {
    chmodSync(home, 0o755)
    const lines = Object.entries(accounts).map(
      ([name, uid]) => `${name}:${uid}:${inQmail.includes(name) ? group.qmail : group.nofiles}\n`,
    )
    writeFileSync(`${home}/users/ids`, lines.join(''), { mode: 0o644 })
  }
  directory(`${home}/submit`, 'qmailq', 0o755)
  directory(`${home}/queue`, 'qmailq', 0o750)
  for (const name of ['pid', 'intd', 'todo', 'lock', 'mess'])
    directory(`${home}/queue/${name}`, 'qmailq', 0o750)
  for (const name of ['bounce', 'info', 'local', 'remote'])
    directory(`${home}/queue/${name}`, 'qmails', 0o700)
  for (let split = 0; split < SPLIT; split++) {
    directory(`${home}/queue/mess/${split}`, 'qmailq', 0o750)
    for (const name of ['info', 'local', 'remote'])
      directory(`${home}/queue/${name}/${split}`, 'qmails', 0o700)
  }
}
