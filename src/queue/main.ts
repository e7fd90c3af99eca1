/**
 * queue: put a message into the queue.
 *
 *   queue <message 1<envelope       one message from descriptors 0 and 1, answer by exit code: qmail-queue
 *   queue --serve [--until-eof]     the resident queue: submissions on HOME/submit/queue
 *
 * Both ways run the same openIntake(). Manual: queue.8.md
 */
import { statSync } from 'node:fs'
import { failed, type Result } from '../../lib/failure/failure.ts'
import { run, type System } from '../../lib/program/run.ts'
import { exit, queueFailure, type QueueFailure } from '../../lib/queue/exitcode.ts'
import { QUEUE_SECONDS } from '../../lib/queue/paths.ts'
import { type Ids, readIds } from '../../lib/users/ids.ts'
import { submitByRelay, submitHere, type Source } from './once.ts'

run('queue', async (system) => {
  system.umask(0o033)
  const ids = readIds(system.home, system)
  if (!ids.ok) return system.complain(`fatal: ${ids.failure.text}`, 111)
  if (system.argv.length > 0) return resident(system, ids.value)
  const result = await Promise.race([once(system, ids.value), deadline()])
  return typeof result === 'number' ? result : result.ok ? 0 : result.failure.code
})

/**
 * How one message gets in, and so which wall it passes: by writing the queue as its user; else by asking the resident queue; else by
 * the original setuid program that the installer kept. Tried in this order, before the first byte is read.
 */
async function once(system: System, ids: Ids): Promise<Result<unknown, QueueFailure> | number> {
  const source: Source = { messageFd: 0, envelopeFd: 1 }
  const chdirTo = (directory: string, code: number): Result<unknown, QueueFailure> | undefined => {
    try {
      system.chdir(directory)
      return undefined
    } catch (error) {
      return failed(queueFailure(code, error))
    }
  }
  const gone = chdirTo(system.home, exit.homeDirectory)
  if (gone !== undefined) return gone
  if (mayWriteQueue(system, ids)) {
    const noQueue = chdirTo('queue', exit.queueDirectory)
    if (noQueue !== undefined) return noQueue
    if (system.uid === 0) system.become(ids.qmailq)
    return submitHere(source, { uid: system.uid, qp: system.pid }, ids, system.clock)
  }
  return submitByRelay(source, {
    socket: 'submit/queue',
    original: 'bin/qmail-queue.original',
    env: system.env,
    complain: (text) => void system.complain(text, 0),
  })
}

function mayWriteQueue(system: System, ids: Ids): boolean {
  if (system.uid === 0) return true
  if (system.uid !== ids.qmailq.uid) return false
  try {
    return statSync('queue/pid').uid === system.uid
  } catch {
    return false
  }
}

/** qmail-queue's 24 hours: what it left behind is certainly dead when the sweeper finds it. */
function deadline(): Promise<number> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(exit.timeout), QUEUE_SECONDS * 1000).unref()
  })
}

async function resident(system: System, ids: Ids): Promise<number> {
  const known = ['--serve', '--until-eof']
  if (!system.argv.includes('--serve') || system.argv.some((option) => !known.includes(option))) {
    return system.complain('usage: queue [ --serve [ --until-eof ] ]', 100)
  }
  system.useThreads(16)
  const { serveSocket } = await import('./resident.ts')
  return serveSocket(system, ids, { untilEof: system.argv.includes('--until-eof') })
}
