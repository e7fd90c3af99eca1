/**
 * Postfix in the bench: fetched or installed, in its own namespaces, with the fair settings of the manual: no DNS, no flow delay, 250
 * processes. Held mail lies in its hold queue, into which cleanup puts it at once, which is the least work it can have.
 */
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostfix } from '../peers/postfix.ts'
import type { Server, StartServer } from './server.ts'

export const postfix: StartServer = async ({ folder, port, hold }) => {
  const started = await startPostfix({ spool: folder, port, hold })
  if ('missing' in started) return started
  const { queue } = started
  const server: Server = {
    name: 'Postfix',
    durability: 'fsync of the queue file before 250',
    port,
    pids: [started.pid],
    maildir: started.maildir,
    held: () => filesBeneath(`${queue}/hold`).map(() => ({})),
    settled: async () => {
      while (['incoming', 'active'].some((name) => filesBeneath(`${queue}/${name}`).length > 0))
        await sleep(20)
    },
    stop: () => started.stop(),
  }
  return server
}

function filesBeneath(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
}
