/** A queue for tests: the directories of one user, no FIFO, nothing running. */
import { mkdirSync } from 'node:fs'
import { SPLIT } from '../../lib/queue/paths.ts'

export function makeQueue(home: string): void {
  for (const name of [
    'submit',
    'control',
    'bin',
    ...['pid', 'intd', 'todo', 'bounce', 'lock'].map((d) => `queue/${d}`),
  ]) {
    mkdirSync(`${home}/${name}`, { recursive: true })
  }
  for (const name of ['mess', 'info', 'local', 'remote']) {
    for (let split = 0; split < SPLIT; split++)
      mkdirSync(`${home}/queue/${name}/${split}`, { recursive: true })
  }
}
