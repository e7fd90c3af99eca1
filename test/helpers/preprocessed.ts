/** Messages in both states at which a queue rests, made by the queue program and, for the later state, by hand. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chownSync, readdirSync, writeFileSync } from 'node:fs'
import { SPLIT } from '../../lib/queue/paths.ts'
import type { TestHome } from './home.ts'

/** One message waits in todo; another has info, local, remote and bounce. Returns their numbers. */
export function makePreprocessed({ home, bin, accounts }: TestHome): {
  readonly todo: string
  readonly info: string
} {
  for (const sender of ['a', 'b']) {
    writeFileSync(`${home}/envelope`, `F${sender}@example.test\0Tyou@example.test\0\0`)
    const { status } = spawnSync(
      '/bin/sh',
      ['-c', 'exec 1<"$0"; exec "$1"', `${home}/envelope`, bin('queue')],
      {
        input: 'Subject: t\n\nbody\n',
      },
    )
    assert.equal(status, 0)
  }
  const [todo = '', info = ''] = readdirSync(`${home}/queue/todo`)
  const split = Number(info) % SPLIT
  const files = {
    [`info/${split}`]: 'Fb@example.test\0',
    [`local/${split}`]: 'Tyou@example.test\0',
    bounce: 'x',
  }
  for (const [directory, content] of Object.entries(files)) {
    writeFileSync(`${home}/queue/${directory}/${info}`, content, { mode: 0o600 })
    chownSync(`${home}/queue/${directory}/${info}`, accounts.qmails.uid, accounts.qmails.gid)
  }
  return { todo, info }
}
