/**
 * jsmail in the bench: a home as `make run` makes it, start and the resident smtpd as it runs them, log lines into a file. Held mail:
 * control/concurrencylocal and concurrencyremote are 0, so send only preprocesses.
 */
import { openSync, closeSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeHome } from '../home/home.ts'
import { checkoutSuite } from '../home/suite.ts'
import { untilReady } from '../run/ready.ts'
import { startSuite } from '../run/suite.ts'
import { root } from '../sources.ts'
import type { Server, StartServer } from './server.ts'

export const jsmail: StartServer = async ({ folder, port, hold }) => {
  const home = `${folder}/home`
  makeHome({ home, suite: checkoutSuite(), control: `${root}/control`, sample: true })
  if (hold)
    for (const name of ['concurrencylocal', 'concurrencyremote'])
      writeFileSync(`${home}/control/${name}`, '0\n')
  const log = openSync(`${folder}/log`, 'a')
  const suite = await startSuite(home, port, log)
  closeSync(log)
  const trouble = await Promise.race([untilReady(home, port, suite, 15), suite.ended])
  if (trouble !== undefined) {
    await suite.stop()
    return {
      missing: `jsmail: ${trouble}; its log ends: ${readFileSync(`${folder}/log`, 'utf8').slice(-300)}`,
    }
  }
  const server: Server = {
    name: 'jsmail',
    durability: 'fsync of message, envelope and todo/ before 250; held mail is preprocessed by send',
    port,
    pids: suite.pids,
    maildir: `${home}/mail/you/Maildir`,
    held: () => messages(`${home}/queue/mess`),
    settled: async () => {
      while (readdirSync(`${home}/queue/todo`).length > 0) await sleep(20)
      if (hold) return
      while (messagePaths(`${home}/queue/mess`).length > 0) await sleep(20)
    },
    stop: () => suite.stop(),
  }
  return server
}

function messagePaths(mess: string): readonly string[] {
  return readdirSync(mess).flatMap((split) =>
    readdirSync(`${mess}/${split}`).map((name) => `${mess}/${split}/${name}`),
  )
}

function messages(mess: string): readonly { bytes: Buffer }[] {
  return messagePaths(mess).map((path) => ({ bytes: readFileSync(path) }))
}
