/**
 * The one-shot life: one message from two descriptors, read to their ends, by one of the ways that main.ts chooses. Page: queue.8.md.
 */
import { statSync } from 'node:fs'
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { envelopeReader } from '../../lib/envelope/wire.ts'
import { failed, ok, type Result } from '../../lib/failure/failure.ts'
import { readDescriptor } from '../../lib/program/descriptor.ts'
import type { Log } from '../../lib/program/log.ts'
import type { Clock, Environment } from '../../lib/program/run.ts'
import type { QueueWriter } from '../../lib/queue/draft.ts'
import type { Relay } from '../../lib/queue/relay.ts'
import { exit, queueFailure, type QueueFailure } from '../../lib/queue/exitcode.ts'
import { passThrough } from '../../lib/queue/filter.ts'
import { QUEUE_SECONDS } from '../../lib/queue/paths.ts'
import type { Ids } from '../../lib/users/ids.ts'
import { type Intake, knownUsers, openIntake, type Submitter } from './queue.ts'

export interface Source {
  readonly messageFd: number
  /** Opened for reading, whatever its number suggests. */
  readonly envelopeFd: number
}

export type Outcome = Result<unknown, QueueFailure>

/** May this user write the queue of the working directory, the home? */
export function mayWriteQueue(uid: number, ids: Ids): boolean {
  if (uid === 0) return true
  if (uid !== ids.qmailq.uid) return false
  try {
    return statSync('queue/pid').uid === uid
  } catch {
    return false
  }
}

/** qmail-queue's 24 hours: what it left behind is certainly dead when the sweeper finds it. */
export function deadline(): Promise<number> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(exit.timeout), QUEUE_SECONDS * 1000).unref()
  })
}

export interface OneShot {
  readonly clock: Clock
  readonly trace: Log
  /** control/queueext. */
  readonly isExtended: () => Result<boolean>
}

/** Write the queue ourselves; the working directory is the queue. */
export async function submitHere(
  source: Source,
  writer: QueueWriter,
  submitter: Submitter,
  ids: Ids,
  { clock, trace, isExtended }: OneShot,
): Promise<Outcome> {
  const intaking = {
    writer,
    known: knownUsers(ids),
    smtpdUid: ids.qmaild.uid,
    filter: passThrough,
    isExtended,
    now: clock.now,
  }
  const intake = await openIntake(intaking, submitter)
  if (!intake.ok) return intake
  const copied = await copy(source, intake.value)
  if (!copied.ok) return copied
  const queued = await intake.value.finish()
  if (queued.ok) trace('queued', { msg: intake.value.number, ...submitter })
  return queued
}

async function copy(source: Source, intake: Intake): Promise<Outcome> {
  try {
    for await (const chunk of readDescriptor(source.messageFd)) {
      const written = await intake.message(chunk)
      if (!written.ok) return written
    }
    for await (const chunk of readDescriptor(source.envelopeFd)) {
      const written = await intake.envelope(chunk)
      if (!written.ok) return written
      if (intake.isComplete) break
    }
    return ok()
  } catch (error) {
    await intake.abort()
    return failed(queueFailure(exit.readError, error))
  }
}

export interface OtherWays {
  readonly isExtended: () => Result<boolean>
  readonly relay: Result<Relay, QueueFailure>
  readonly original: ByteString
  readonly env: Environment
  readonly complain: (text: ByteString) => void
}

/** Not our queue to write: by the resident queue, else by the original program. A number is that program's exit code. */
export async function submitByRelay(source: Source, ways: OtherWays): Promise<Outcome | number> {
  const { relay } = ways
  if (!relay.ok) return submitByOriginal(ways, relay.failure)
  const extended = ways.isExtended()
  const reader = envelopeReader()
  try {
    for await (const chunk of readDescriptor(source.messageFd)) await relay.value.message(chunk)
    for await (const chunk of readDescriptor(source.envelopeFd)) {
      await relay.value.envelope(chunk)
      // Only to know where it ends: the other side makes the checks. It reports a control file that cannot be read as well.
      if (!extended.ok || extended.value) continue
      const read = reader.read(chunk)
      if (!read.ok || read.done) break
    }
  } catch (error) {
    await relay.value.abort()
    return failed(queueFailure(exit.readError, error))
  }
  return relay.value.commit()
}

async function submitByOriginal(ways: OtherWays, unreachable: QueueFailure): Promise<Outcome | number> {
  const { startProgram } = await import('../../lib/exec/start.ts')
  const { kindOf } = await import('../../lib/program/descriptor.ts')
  const descriptors = [0, 1, 2, 3, 4, 5, 6].map((fd) =>
    fd <= 2 || kindOf(fd) === 'pipe' ? fd : ('null' as const),
  )
  const started = await startProgram({ program: ways.original, args: [], env: ways.env, descriptors })
  if (!started.ok) {
    ways.complain(`nobody listens on submit/queue in the home: ${String(unreachable.cause)}`)
    return failed(queueFailure(exit.queueDirectory, unreachable.cause))
  }
  const exited = await started.value.exited
  return exited.is === 'code' ? exited.code : exit.bug
}
