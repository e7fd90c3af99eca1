/**
 * Postfix in the bench: fetched or installed, in its own namespaces, with fair settings: no DNS, no flow delay, 250 processes, no log.
 * Held mail goes into its hold queue, past the queue manager: the least work that Postfix can have, so the ratios are the strictest. With
 * HELD=defer the queue manager takes it and defers it, as send takes held mail and keeps it.
 */
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostfix } from '../peers/postfix.ts'
import type { Server, StartServer } from './server.ts'

export const postfix: StartServer = async ({ folder, port, hold }) => {
  const past = process.env['HELD'] !== 'defer'
  const settings = hold && !past ? ['defer_transports = virtual'] : []
  const started = await startPostfix({ spool: folder, port, hold: hold && past, settings })
  if ('missing' in started) return started
  const { queue } = started
  const server: Server = {
    name: 'Postfix',
    durability: `fsync of the queue file before 250; held mail is ${past ? 'in the hold queue' : 'deferred'}`,
    port,
    pids: [started.pid],
    maildir: started.maildir,
    held: () => kept.flatMap((name) => filesBeneath(`${queue}/${name}`)).map(() => ({})),
    settled: async () => {
      while (['incoming', 'active'].some((name) => filesBeneath(`${queue}/${name}`).length > 0))
        await sleep(20)
    },
    stop: () => started.stop(),
  }
  return server
}

/** Where a message can be that was accepted and is not delivered; deferred has a second file for each in defer. */
const kept = ['incoming', 'active', 'deferred', 'hold']

function filesBeneath(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
}
