/**
 * The resident life: make HOME/submit/queue, serve submissions until told to stop, and then finish those under way. Runs as the
 * queue's user. Page: queue.8.md, "The socket".
 */
import { chmodSync, closeSync, openSync, unlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { errnoOf } from '../../lib/failure/errno.ts'
import type { Result } from '../../lib/failure/failure.ts'
import { isAvailable, peerOf, tryLock } from '../../lib/os/os.ts'
import { descriptorOf, readDescriptor } from '../../lib/program/descriptor.ts'
import type { System } from '../../lib/program/run.ts'
import type { QueueWriter } from '../../lib/queue/draft.ts'
import { passThrough } from '../../lib/queue/filter.ts'
import type { Ids } from '../../lib/users/ids.ts'
import { pidMax } from './pidmax.ts'
import { knownUsers } from './queue.ts'
import { serve, type Served } from './serve.ts'
import { slots } from './slots.ts'

/** Open submissions of all users together; memory is at most 64 KiB for each that is being written. */
const SLOTS = 2000
const BACKLOG = 1000
/** Threads that wait for the disk: with 50 submissions in flight, 16 are a bottleneck and 128 no better. */
const SYNCS_AT_ONCE = 64
/** After TERM, or after the parent's end: how long submissions under way may take (milliseconds). */
const STOP_MS = 5000
const ORPHANED_MS = 500

export async function serveSocket(
  system: System,
  writer: QueueWriter,
  ids: Ids,
  options: { readonly isExtended: () => Result<boolean>; readonly untilEof: boolean },
): Promise<number> {
  system.useThreads(SYNCS_AT_ONCE)
  if (!isAvailable()) return system.complain('fatal: cannot learn who connects: no SO_PEERCRED here', 111)
  if (system.uid === 0) system.become(ids.qmailq)
  system.chdir(`${system.home}/submit`)
  if (!isOnlyOne('lock')) return system.complain('fatal: queue --serve is already running', 111)

  const server = createServer({ pauseOnConnect: false })
  const listening = listenHere(server)
  system.chdir(`${system.home}/queue`)
  await listening

  let number = pidMax()
  const served = serve(server, {
    writer,
    known: knownUsers(ids),
    smtpdUid: ids.qmaild.uid,
    filter: passThrough,
    isExtended: options.isExtended,
    peerOf(socket) {
      const fd = descriptorOf(socket)
      return fd === undefined ? undefined : peerOf(fd)
    },
    nextNumber: () => ++number,
    slots: slots(SLOTS),
    now: system.clock.now,
    log: system.log,
    trace: system.trace,
  })
  system.log('listen', { socket: `${system.home}/submit/queue` })
  await stopped(system, options.untilEof, (withinMs) => finish(server, served, withinMs))
  return 0
}

/** The lock lives as long as this process: its descriptor is never closed. */
function isOnlyOne(path: string): boolean {
  const fd = openSync(path, 'a', 0o600)
  if (tryLock(fd)) return true
  closeSync(fd)
  return false
}

/** bind(2) happens before this returns, so the working directory may change at once. */
function listenHere(server: Server): Promise<void> {
  try {
    unlinkSync('queue')
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path: 'queue', backlog: BACKLOG }, resolve)
  })
  // Anybody may submit; who it is, the kernel tells.
  chmodSync('queue', 0o666)
  return listening
}

function stopped(
  system: System,
  untilEof: boolean,
  finish: (withinMs: number) => Promise<void>,
): Promise<void> {
  return new Promise((resolve) => {
    system.on('SIGTERM', () => void finish(STOP_MS).then(resolve))
    // With a parent, the order to stop comes from it and not from the terminal.
    system.on('SIGINT', () => void (untilEof || finish(STOP_MS).then(resolve)))
    if (untilEof) void atEof(0).then(() => finish(ORPHANED_MS).then(resolve))
  })
}

async function atEof(fd: number): Promise<void> {
  try {
    for await (const _ of readDescriptor(fd));
  } catch {
    // A broken pipe ends it as well.
  }
}

/** No new connections; what has begun may end. What has not by then was never acknowledged. */
async function finish(server: Server, served: Served, withinMs: number): Promise<void> {
  server.close()
  served.refuseNew()
  await Promise.race([served.idle(), new Promise((resolve) => setTimeout(resolve, withinMs).unref())])
}
