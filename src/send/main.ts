/**
 * send: deliver what is in the queue, or tell its sender that it cannot be. Started by start, with these descriptors, all of them
 * pipes, and the first the other way round than usual:
 *
 *   0  the log, written      1, 2  to and from lspawn      3, 4  to and from rspawn      5, 6  to and from clean
 *
 * Nothing may ever be printed: 1 is a command to lspawn. Manual: send.8.md
 */
import { existsSync } from 'node:fs'
import { Socket } from 'node:net'
import { Writable } from 'node:stream'
import * as control from '../../lib/control/by-file.ts'
import { writeDescriptor } from '../../lib/program/descriptor.ts'
import { run, type System } from '../../lib/program/run.ts'
import { submitByExec } from '../../lib/queue/by-exec.ts'
import { fileSystem } from '../../lib/queue/by-file.ts'
import { submitBySocket } from '../../lib/queue/by-socket.ts'
import { listenToTrigger } from '../../lib/queue/by-trigger.ts'
import { classicKeeper } from '../../lib/queue/classic-keeper.ts'
import type { OpenSubmission } from '../../lib/queue/submission.ts'
import { Cleaner } from './cleaner.ts'
import { enterHome } from './entrance.ts'
import { SendLog } from './log.ts'
import { send } from './send.ts'
import { limitsOf, Spawner } from './spawner.ts'

run('send', async (system) => {
  system.umask(0o077)
  system.useThreads(16)
  // Ctrl-C in a terminal is for start, which tells us to end in good order.
  system.on('SIGINT', () => {})
  const log = new SendLog((bytes) => writeDescriptor(0, bytes))
  printNothing(log)
  const entered = enterHome(system, control)
  if (typeof entered === 'string') return log.cannotStart(entered)
  const spawners = { local: new Spawner(writer(1), reader(2)), remote: new Spawner(writer(3), reader(4)) }
  const limits = await limitsOf(spawners, entered.settings.concurrency)
  if (limits === undefined) return log.cannotStart('hath the daemon spawn no fire?')
  await send({
    ...entered,
    keeper: classicKeeper(fileSystem('.')),
    spawners,
    limits,
    cleaner: new Cleaner(writer(5), reader(6)),
    submit: chooseQueue(system),
    trigger: listenToTrigger('lock/trigger'),
    signals: system,
    log,
    clock: system.clock,
    token: () => crypto.randomUUID(),
  })
  return 0
})

/**
 * The runtime makes a stream of descriptor 2 by itself whenever a socket is closed, and that fails here, where it is a socket
 * already. What anybody prints by mistake goes nowhere; what we did wrong goes to the log, before run ends the process.
 */
function printNothing(log: SendLog): void {
  for (const name of ['stdout', 'stderr']) {
    Object.defineProperty(process, name, { value: new Writable({ write: (_, __, done) => done() }) })
  }
  process.prependListener('uncaughtException', log.bug)
  process.prependListener('unhandledRejection', log.bug)
}

const reader = (fd: number): Socket => new Socket({ fd, readable: true, writable: false })
const writer = (fd: number): Socket => new Socket({ fd, readable: false, writable: true })

/**
 * How bounces get into the queue. QMAILQUEUE wins, as everywhere; then the resident queue; then a program, under jsmail's name or
 * qmail's. send could not write the queue itself: mess, todo and intd are another user's.
 */
function chooseQueue({ home, env }: System): OpenSubmission {
  const byExec = (program: string): OpenSubmission => submitByExec({ program, home, env })
  const named = env['QMAILQUEUE']
  if (named !== undefined) return byExec(named)
  const program = existsSync(`${home}/bin/queue`) ? 'bin/queue' : 'bin/qmail-queue'
  return submitBySocket('../submit/queue', { numbering: 'counter', otherwise: byExec(program) })
}
