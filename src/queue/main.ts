/**
 * queue: put a message into the queue.
 *
 *   queue <message 1<envelope       one message from descriptors 0 and 1, answer by exit code
 *   queue --serve [--until-eof]     the resident queue: submissions on HOME/submit/queue
 *
 * Both ways run the same openIntake(). Manual: queue.8.md
 */
import { controlFiles, fresh } from '../../lib/control/by-file.ts'
import { run, type System } from '../../lib/program/run.ts'
import { fileSystem } from '../../lib/queue/by-file.ts'
import { gatheringTrigger, pullTrigger } from '../../lib/queue/by-fifo.ts'
import { classicWriter, type Naming, type QueueWriter } from '../../lib/queue/draft.ts'
import { exit } from '../../lib/queue/exitcode.ts'
import { readIds } from '../../lib/users/by-file.ts'
import type { Ids } from '../../lib/users/ids.ts'
import { deadline, mayWriteQueue, type Outcome, type Source, submitByRelay, submitHere } from './once.ts'
import { queueExtension } from './settings.ts'

const TRIGGER = 'lock/trigger'

run('queue', async (system) => {
  system.umask(0o033)
  if (!system.enter(system.home)) return exit.homeDirectory
  const ids = readIds(system.home, system)
  if (!ids.ok) return system.complain(`fatal: ${ids.failure.text}`, 111)
  if (system.argv.length > 0) return resident(system, ids.value)
  const outcome = await Promise.race([once(system, ids.value), deadline()])
  return typeof outcome === 'number' ? outcome : outcome.ok ? 0 : outcome.failure.code
})

/**
 * How one message gets in, and so which wall it passes: by writing the queue as its user; else by asking the resident queue; else by
 * the original setuid program that the installer kept. Tried in this order, before the first byte is read.
 */
async function once(system: System, ids: Ids): Promise<Outcome | number> {
  const source: Source = { messageFd: 0, envelopeFd: 1 }
  if (mayWriteQueue(system.uid, ids)) {
    if (!system.enter('queue')) return exit.queueDirectory
    if (system.uid === 0) system.become(ids.qmailq)
    const writer = classic(system, { messageSync: 'before', trigger: () => pullTrigger(TRIGGER) })
    return submitHere(source, writer, { uid: system.uid, qp: system.pid }, ids, {
      clock: system.clock,
      trace: system.trace,
      isExtended: extension(system),
    })
  }
  const { openRelay } = await import('../../lib/queue/by-socket.ts')
  return submitByRelay(source, {
    isExtended: extension(system),
    relay: await openRelay('submit/queue', { numbering: 'pid' }),
    original: 'bin/qmail-queue.original',
    env: system.env,
    complain: (text) => void system.complain(text, 0),
  })
}

async function resident(system: System, ids: Ids): Promise<number> {
  const [serve, untilEof, ...rest] = system.argv
  const isKnown = serve === '--serve' && (untilEof ?? '--until-eof') === '--until-eof' && rest.length === 0
  if (!isKnown) return system.complain('usage: queue [ --serve [ --until-eof ] ]', 100)
  const { serveSocket } = await import('./resident.ts')
  const writer = classic(system, { messageSync: 'beside', trigger: gatheringTrigger(TRIGGER) })
  const isExtended = fresh(system.home, ['queueext', 'profile'], system.clock, extension(system))
  return serveSocket(system, writer, ids, { isExtended, untilEof: untilEof !== undefined })
}

const extension = (system: System) => queueExtension(controlFiles(system.home))

/** The directories of qmail; the working directory is the queue by the time that they are used. */
function classic({ pid, clock }: System, how: Pick<Naming, 'messageSync' | 'trigger'>): QueueWriter {
  return classicWriter(fileSystem('.'), { pid, now: clock.now, ...how })
}
