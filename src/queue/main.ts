/**
 * queue: put a message into the queue.
 *
 *   queue <message 1<envelope       one message from descriptors 0 and 1, answer by exit code: qmail-queue
 *   queue --serve [--until-eof]     the resident queue: submissions on HOME/submit/queue
 *
 * Both ways run the same openIntake(). Manual: queue.8.md
 */
import { run, type System } from '../../lib/program/run.ts'
import { fileSystem } from '../../lib/queue/by-file.ts'
import { gatheringTrigger, pullTrigger } from '../../lib/queue/by-fifo.ts'
import { classicWriter, type QueueWriter } from '../../lib/queue/draft.ts'
import { exit } from '../../lib/queue/exitcode.ts'
import { readIds } from '../../lib/users/by-file.ts'
import type { Ids } from '../../lib/users/ids.ts'
import { deadline, mayWriteQueue, type Outcome, type Source, submitByRelay, submitHere } from './once.ts'

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
    const writer = classic(system, () => pullTrigger(TRIGGER))
    return submitHere(source, writer, { uid: system.uid, qp: system.pid }, ids, system.clock)
  }
  const { openRelay } = await import('../../lib/queue/by-socket.ts')
  return submitByRelay(source, {
    relay: await openRelay('submit/queue', { numbering: 'pid' }),
    original: 'bin/qmail-queue.original',
    env: system.env,
    complain: (text) => void system.complain(text, 0),
  })
}

async function resident(system: System, ids: Ids): Promise<number> {
  const known = ['--serve', '--until-eof']
  if (!system.argv.includes('--serve') || system.argv.some((option) => !known.includes(option))) {
    return system.complain('usage: queue [ --serve [ --until-eof ] ]', 100)
  }
  system.useThreads(16)
  const { serveSocket } = await import('./resident.ts')
  const writer = classic(system, gatheringTrigger(TRIGGER))
  return serveSocket(system, writer, ids, { untilEof: system.argv.includes('--until-eof') })
}

/** The directories of qmail; the working directory is the queue by the time that they are used. */
function classic({ pid, clock }: System, trigger: () => void): QueueWriter {
  return classicWriter(fileSystem('.'), { pid, nowSeconds: () => Math.floor(clock.now() / 1000), trigger })
}

const TRIGGER = 'lock/trigger'
