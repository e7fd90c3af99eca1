/**
 * Submission over the socket of `queue --serve` (HOME/submit/queue). A resident caller keeps the connections it has and uses
 * them again, one submission at a time on each; 0.05 ms instead of a program start. Frames: frames.ts.
 */
import { connect, type Socket } from 'node:net'
import { encodeEnvelope, mustBeHonoured } from '../envelope/wire.ts'
import { failed, ok, type Result } from '../failure/failure.ts'
import { decodeAnswer, encodeOpening, frame, frameHead, FrameReader, type Answer } from './frames.ts'
import {
  cannotHonour,
  exit,
  queueFailure,
  queueFailureWithText,
  queueVanished,
  type QueueFailure,
} from './exitcode.ts'
import type { Relay } from './relay.ts'
import type { ClientFacts, OpenSubmission, Queued, Submission } from './submission.ts'

export interface SocketOptions {
  /** `pid`: the qp is our process id, as for a one-shot `queue`; only one submission may then be made. */
  readonly numbering: 'pid' | 'counter'
  /** From commit to answer (milliseconds); the queue's own fsyncs on a slow disk included. */
  readonly answerMs?: number
  /** Tried when no queue listens, before a byte was sent. */
  readonly otherwise?: OpenSubmission
}

const ANSWER_MS = 300_000
/** From abort to its answer; afterwards the connection is closed, which says the same. */
const ABORT_MS = 10_000
/** Idle connections kept for the next submission. */
const IDLE_CONNECTIONS = 64
/** So much of a submission is gathered before it is sent. */
const GATHER_BYTES = 16_384

/**
 * `path` ends at 107 bytes (unix(7)): give it relative to the working directory where that may not suffice. A failure to connect is
 * code 62, "qq trouble creating files in queue", which every caller takes as "later".
 */
export function submitBySocket(path: string, options: SocketOptions): OpenSubmission {
  const idle: Connection[] = []
  const keep = (connection: Connection): void => {
    if (options.numbering === 'pid' || idle.length >= IDLE_CONNECTIONS) connection.close()
    else idle.push(connection)
  }
  return async (facts) => {
    const opening = openingFrame(options, facts ?? {})
    for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) {
      if (kept.isOpen) return ok(submission(relay(kept, opening, options, keep)))
    }
    const fresh = await openConnection(path)
    if (fresh.ok) return ok(submission(relay(fresh.value, opening, options, keep)))
    return options.otherwise === undefined ? fresh : options.otherwise(facts)
  }
}

/** A connection to the queue: what comes back on it, and whether it still stands. */
class Connection {
  readonly socket: Socket
  isOpen = true
  #reader = new FrameReader()
  #answered: ((answer: Answer | undefined) => void) | undefined

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.isOpen = false
      this.#answered?.(undefined)
    })
    // An idle connection keeps no program alive.
    socket.unref()
  }

  /** The answer to the submission under way; undefined when the connection ends or the time is over. */
  answer(timeoutMs: number): Promise<Answer | undefined> {
    if (!this.isOpen) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.close(), timeoutMs)
      this.#answered = (answer) => {
        clearTimeout(timer)
        this.#answered = undefined
        resolve(answer)
      }
    })
  }

  close(): void {
    this.isOpen = false
    this.socket.destroy()
  }

  #receive(chunk: Buffer): void {
    try {
      this.#reader.push(chunk)
      for (let piece = this.#reader.next(); piece !== undefined; piece = this.#reader.next()) {
        const answer = piece.letter === 'R' ? decodeAnswer(piece.bytes) : undefined
        // An answer that nobody waits for belongs to no submission: the two sides disagree.
        if (answer === undefined || this.#answered === undefined) return this.close()
        this.#answered(answer)
      }
    } catch {
      this.close()
    }
  }
}

function openConnection(path: string): Promise<Result<Connection, QueueFailure>> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const refused = (error: Error): void => resolve(failed(queueFailure(exit.queueDirectory, error)))
    socket.once('error', refused)
    socket.once('connect', () => {
      socket.off('error', refused)
      resolve(ok(new Connection(socket)))
    })
  })
}

/** A failure means that no queue listens there and no byte was sent. */
export async function openRelay(path: string, options: SocketOptions): Promise<Result<Relay, QueueFailure>> {
  const connection = await openConnection(path)
  if (!connection.ok) return connection
  return ok(relay(connection.value, openingFrame(options, {}), options, (done) => done.close()))
}

function openingFrame(options: SocketOptions, facts: ClientFacts): Buffer {
  return frame('S', encodeOpening({ numbering: options.numbering, facts }))
}

function submission(way: Relay): Submission {
  let over = false
  return {
    write: (bytes) => way.message(bytes),
    async commit(envelope) {
      over = true
      await way.envelope(encodeEnvelope(envelope))
      const result = await way.commit()
      const isUnknown = !result.ok && result.failure.code === exit.envelopeFormat && mustBeHonoured(envelope)
      return isUnknown ? failed(cannotHonour()) : result
    },
    async abort() {
      if (over) return
      over = true
      await way.abort()
    },
  }
}

function relay(
  connection: Connection,
  opening: Buffer,
  options: SocketOptions,
  keep: (connection: Connection) => void,
): Relay {
  const { socket } = connection
  socket.ref()
  // Held back until enough has come: a small message, its envelope and the commit are one write.
  socket.cork()
  socket.write(opening)
  let isGathering = true
  const flush = (): void => {
    if (isGathering) socket.uncork()
    isGathering = false
  }

  const send = (letter: 'M' | 'E', bytes: Uint8Array): Promise<void> | undefined => {
    if (!connection.isOpen || bytes.length === 0) return undefined
    socket.cork()
    socket.write(frameHead(letter, bytes.length))
    socket.write(bytes)
    socket.uncork()
    if (socket.writableLength >= GATHER_BYTES) flush()
    return socket.writableNeedDrain && connection.isOpen ? drained(socket) : undefined
  }

  return {
    message: (bytes) => send('M', bytes),
    envelope: (bytes) => send('E', bytes),
    async commit(): Promise<Result<Queued, QueueFailure>> {
      socket.write(frame('C'))
      flush()
      const answer = await connection.answer(options.answerMs ?? ANSWER_MS)
      if (answer === undefined) {
        connection.close()
        return failed(queueVanished('no answer'))
      }
      socket.unref()
      keep(connection)
      return resultOf(answer)
    },
    async abort() {
      socket.write(frame('A'))
      flush()
      const answer = await connection.answer(ABORT_MS)
      if (answer === undefined) return connection.close()
      socket.unref()
      keep(connection)
    },
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      socket.off('drain', go)
      socket.off('close', go)
      resolve()
    }
    socket.on('drain', go)
    socket.on('close', go)
  })
}

function resultOf({ code, qp, text }: Answer): Result<Queued, QueueFailure> {
  if (code === 0) return ok({ qp })
  return failed(text === '' ? queueFailure(code) : queueFailureWithText(code, text))
}
