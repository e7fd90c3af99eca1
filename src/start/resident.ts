/**
 * The children that are started again when they end: each hangs on a pipe whose other end start alone holds, so that it sees the
 * end of start, however start ends, and leaves. Called by start.ts. A child that ends at once is started ever more rarely.
 */
import type { Writable } from 'node:stream'
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { type ChildEnd, type Exit, pipeToChild, startProgram } from '../../lib/exec/start.ts'
import { errnoOf } from '../../lib/failure/errno.ts'
import type { Clock, Environment } from '../../lib/program/run.ts'
import type { Log } from '../../lib/program/log.ts'
import type { Id } from './wiring.ts'

export interface Resident {
  readonly name: string
  readonly program: ByteString
  readonly args: readonly ByteString[]
  readonly id: Id | undefined
  /** What the child reads on its lifeline before the end when all is well. */
  readonly goodbye?: ByteString
}

export interface Surroundings {
  readonly env: Environment
  readonly clock: Clock
  readonly log: Log
}

export interface Kept {
  /** Let go of the child and start no other; resolves when it is gone. */
  stop(): Promise<void>
}

const FIRST_PAUSE_MILLISECONDS = 100
const LONGEST_PAUSE_MILLISECONDS = 60_000
/** Who lived so long did not die of being started. */
const SETTLED_MILLISECONDS = 60_000

/** How long to wait before the next start; `last` is the wait before this one, 0 at first. */
export function pauseAfter(livedMilliseconds: number, last: number): number {
  if (livedMilliseconds >= SETTLED_MILLISECONDS || last === 0) return FIRST_PAUSE_MILLISECONDS
  return Math.min(last * 2, LONGEST_PAUSE_MILLISECONDS)
}

export function keepRunning(resident: Resident, { env, clock, log }: Surroundings): Kept {
  const leaving = new AbortController()
  let lifeline: Writable | undefined

  const lives = async (): Promise<void> => {
    for (let last = 0; ;) {
      const since = clock.now()
      const { stream, ended } = liveOnce(resident, env)
      lifeline = stream
      const how = await ended
      stream?.destroy()
      if (leaving.signal.aborted) return
      last = pauseAfter(clock.now() - since, last)
      log('restart', { name: resident.name, ended: how, pause: last })
      await pause(last, leaving.signal)
      if (leaving.signal.aborted) return
    }
  }
  const over = lives()
  return {
    stop() {
      leaving.abort()
      lifeline?.end(resident.goodbye)
      return over
    },
  }
}

/** One life of the child. How it ended is a word for the log. */
function liveOnce(resident: Resident, env: Environment): { stream?: Writable; ended: Promise<string> } {
  let lifeline: { readonly end: ChildEnd; readonly stream: Writable }
  try {
    lifeline = pipeToChild()
  } catch (error) {
    return { ended: Promise.resolve(errnoOf(error)) }
  }
  // The child may be gone before it was told goodbye.
  lifeline.stream.on('error', () => {})
  const { program, args, id } = resident
  const descriptors = [lifeline.end, 'null', 2] as const
  const start = startProgram({ program, args, env, cwd: '/', descriptors, ...(id && { id }) })
  const ended = start.then(async (child) =>
    child.ok ? endOf(await child.value.exited) : errnoOf(child.failure.cause),
  )
  return { stream: lifeline.stream, ended }
}

export function endOf(exit: Exit): string {
  return exit.is === 'code' ? String(exit.code) : exit.signal
}

/** Resolves after the time, or when the signal comes. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, milliseconds)
    signal?.addEventListener('abort', over)
  })
}
