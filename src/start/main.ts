/** qmail-start: the shell around startSuite. Only here is decided whom each child runs as. start.8.md. */
import { existsSync } from 'node:fs'
import { fromText } from '../../lib/bytes/bytes.ts'
import { readDescriptor } from '../../lib/program/descriptor.ts'
import { run } from '../../lib/program/run.ts'
import { programAt } from '../../lib/spawn/by-home.ts'
import { readIds } from '../../lib/users/by-file.ts'
import type { Ids } from '../../lib/users/ids.ts'
import { isQueueAnswering, isSendListening } from './ready.ts'
import { startSuite } from './start.ts'
import type { ChildIds } from './wiring.ts'

const TEMPORARY = 111

run('start', async (system) => {
  const { home, clock, log } = system
  // It may have been relative, and the children start elsewhere.
  const env = { ...system.env, JSMAIL_HOME: fromText(home) }
  const untilEof = system.argv[0] === '--until-eof'
  const [defaultDelivery = './Mailbox', ...logger] = system.argv.slice(untilEof ? 1 : 0)
  const ids = readIds(home, system)
  if (!ids.ok) return system.complain(`fatal: ${ids.failure.text}`, TEMPORARY)
  try {
    // The submission socket is asked by a short path.
    system.chdir(home)
  } catch {
    return system.complain('unable to switch to home directory', TEMPORARY)
  }
  system.umask(0o077)
  // Not `bin/qmail-queue`: an original has no resident life.
  const queue = existsSync('bin/queue') ? fromText(`${home}/bin/queue`) : undefined
  return startSuite({
    env,
    clock,
    log,
    defaultDelivery,
    logger,
    programAt: (name) => programAt(home, name),
    queue,
    ids: system.uid === 0 ? childIds(ids.value) : undefined,
    isReady: async () => isSendListening() && (queue === undefined || (await isQueueAnswering())),
    parentEnded: untilEof ? endOfInput() : undefined,
    on: system.on,
  })
})

async function endOfInput(): Promise<void> {
  // What is written there means nothing.
  for await (const _ of readDescriptor(0));
}

/** lspawn stays root, because it becomes every user; nobody else does. All share the group qmail, but the logger. */
function childIds(ids: Ids): ChildIds {
  const gid = ids.qmail
  return {
    lspawn: { uid: 0, gid },
    rspawn: { uid: ids.qmailr.uid, gid },
    clean: { uid: ids.qmailq.uid, gid },
    send: { uid: ids.qmails.uid, gid },
    queue: { uid: ids.qmailq.uid, gid },
    logger: { uid: ids.qmaill.uid, gid: ids.nofiles },
  }
}
