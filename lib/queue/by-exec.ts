/**
 * Submission by starting a queue program: QMAILQUEUE, our own one-shot `queue`, or qmail's. The contract of the child is
 * qmail-queue(8): message on 0, envelope on 1 (opened for reading), error text on 4 and 6, and an exit code.
 */
import { statSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { type ByteString, byteString, pathOf } from '../bytes/bytes.ts'
import { encodeEnvelope, mustBeHonoured } from '../envelope/wire.ts'
import type { Envelope } from '../envelope/envelope.ts'
import { type Child, collect, type Exit, pipeFromChild, pipeToChild, startProgram } from '../exec/start.ts'
import { failed, ok, type Result } from '../failure/failure.ts'
import type { Environment } from '../program/run.ts'
import {
  cannotHonour,
  exit,
  queueCrashed,
  queueFailure,
  queueFailureWithText,
  type QueueFailure,
} from './exitcode.ts'
import { QUEUE_SECONDS } from './paths.ts'
import type { OpenSubmission, Queued, Submission } from './submission.ts'

/** Error text beyond this is cut. */
const TEXT_BYTES = 1024
/** A queue program lives no longer: qmail-queue ends itself then, and what hangs in its place is killed (milliseconds). */
const LIFE_MS = QUEUE_SECONDS * 1000
/** Once the child is dead, a grandchild may still hold the text pipe: it is waited for so long (milliseconds). */
const LAST_WORDS_MS = 200

export interface QueueProgram {
  /** A path, relative to the home or absolute; no search in PATH. */
  readonly program: ByteString
  /** The program's working directory. */
  readonly home: ByteString
  readonly env: Environment
  /** Milliseconds until it is killed, which is "later"; 24 hours unless given. */
  readonly lifeMs?: number
}

export function submitByExec({ program, home, env, lifeMs = LIFE_MS }: QueueProgram): OpenSubmission {
  return async () => {
    const message = pipeToChild()
    const envelope = pipeToChild()
    const onFour = pipeFromChild()
    const onSix = pipeFromChild()
    const started = await startProgram({
      // A name without a slash would be searched in PATH.
      program: program.includes('/') ? program : `./${program}`,
      args: [],
      env: { ...env, ERROR_FD: '6' },
      cwd: home,
      descriptors: [message.end, envelope.end, 2, 'null', onFour.end, 'null', onSix.end],
    })
    if (!started.ok) {
      for (const { stream } of [message, envelope, onFour, onSix]) stream.destroy()
      return failed(queueFailure(startCode(home), started.failure.cause))
    }
    const texts = Promise.all([collect(onFour.stream, TEXT_BYTES), collect(onSix.stream, TEXT_BYTES)])
    const endTexts = (): void => {
      onFour.stream.destroy()
      onSix.stream.destroy()
    }
    return ok(submission(started.value, message.stream, envelope.stream, texts, endTexts, lifeMs))
  }
}

/**
 * QMAILQUEUE when it is set, else qmail's name of the queue program, which the home has for ours too. Looked up for each
 * connection: tcprules may set it for one client.
 */
export function queueProgram(home: ByteString, env: Environment): QueueProgram {
  return { program: env['QMAILQUEUE'] ?? 'bin/qmail-queue', home, env }
}

/** qmail's child changes to the home before it runs the program: a missing home is 61, a missing program 120. */
function startCode(home: ByteString): number {
  try {
    return statSync(pathOf(home)).isDirectory() ? exit.unableToExec : exit.homeDirectory
  } catch {
    return exit.homeDirectory
  }
}

function submission(
  child: Child,
  message: Writable,
  envelope: Writable,
  texts: Promise<Buffer[]>,
  endTexts: () => void,
  lifeMs: number,
): Submission {
  // A queue program may exit before it has read everything: its exit code tells why, EPIPE does not.
  message.on('error', () => {})
  envelope.on('error', () => {})
  let over = false
  const life = setTimeout(() => child.kill('SIGKILL'), lifeMs)

  const outcome = async (): Promise<Result<Queued, QueueFailure>> => {
    const exited = await child.exited
    clearTimeout(life)
    const timer = setTimeout(endTexts, LAST_WORDS_MS)
    const said = await texts
    clearTimeout(timer)
    const text = byteString(said.find((bytes) => bytes.length > 0) ?? Buffer.alloc(0))
    const failure = failureOf(exited, text)
    return failure === undefined ? ok({ qp: child.pid }) : failed(failure)
  }

  return {
    write(bytes) {
      return message.destroyed || message.write(bytes) ? undefined : drained(message)
    },
    async commit(given: Envelope) {
      over = true
      await ended(message)
      // A queue that does not know trailers closes its end after the terminator: EPIPE is no news then either.
      envelope.end(encodeEnvelope(given))
      const result = await outcome()
      const isUnknown = !result.ok && result.failure.code === exit.envelopeFormat && mustBeHonoured(given)
      return isUnknown ? failed(cannotHonour()) : result
    },
    async abort() {
      if (over) return
      over = true
      message.end()
      envelope.end()
      await outcome()
    },
  }
}

/** Room for more, or the reader gone. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      stream.off('drain', go)
      stream.off('close', go)
      resolve()
    }
    stream.on('drain', go)
    stream.on('close', go)
  })
}

/** All bytes handed to the pipe and the pipe closed, or the reader gone. The envelope must not overtake the message. */
function ended(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) return resolve()
    stream.once('close', resolve)
    stream.end()
  })
}

function failureOf(exited: Exit, text: ByteString): QueueFailure | undefined {
  if (exited.is === 'signal') return queueCrashed(exited.signal)
  if (exited.code === 0) return undefined
  return text === '' ? queueFailure(exited.code) : queueFailureWithText(exited.code, text)
}
