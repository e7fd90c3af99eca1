/**
 * The resident queue: submissions on a Unix socket, many at once, their fsyncs in flight together. Each is the same openIntake()
 * as for the one-shot program. A slow or dead client costs its own slot and at most 64 KiB. Page: queue.8.md, "The socket".
 */
import type { Server, Socket } from 'node:net'
import { type Result } from '../../lib/failure/failure.ts'
import type { Peer } from '../../lib/os/os.ts'
import type { Log } from '../../lib/program/log.ts'
import { exit, queueFailure, type QueueFailure } from '../../lib/queue/exitcode.ts'
import { type Answer, decodeOpening, encodeAnswer, FrameReader, type Piece } from '../../lib/queue/frames.ts'
import { type Intake, type Intaking, openIntake } from './queue.ts'
import type { Slots } from './slots.ts'

export interface Serving extends Intaking {
  /** The kernel's word on who connected; undefined refuses the client. */
  readonly peerOf: (socket: Socket) => Peer | undefined
  /** A qp for submitters that make many: above all process ids. */
  readonly nextNumber: () => number
  readonly slots: Slots
  readonly log: Log
  readonly trace: Log
}

/** A submission without progress, or not committed after so long, ends as if its client had died (milliseconds). */
const IDLE_MS = 1_200_000
const TOTAL_MS = 86_400_000

/** The clients that are connected, for the end. */
export interface Served {
  /** Close every connection without a submission, and the others after it. */
  refuseNew(): void
  /** When no submission is under way. */
  idle(): Promise<void>
}

export function serve(server: Server, serving: Serving): Served {
  const clients = new Set<Client>()
  server.on('connection', (socket) => {
    const peer = serving.peerOf(socket)
    if (peer === undefined) return socket.destroy()
    const client = new Client(socket, peer, serving)
    clients.add(client)
    socket.once('close', () => clients.delete(client))
    client.start()
  })
  return {
    refuseNew() {
      for (const client of clients) client.endSoon()
    },
    async idle() {
      await Promise.all([...clients].map((client) => client.closed))
    },
  }
}

/** One connection; at most one submission at a time on it. */
class Client {
  readonly #socket: Socket
  readonly #peer: Peer
  readonly #serving: Serving
  readonly #reader = new FrameReader()
  #working = false
  #ending = false
  #submission: Open | undefined
  /** When the connection is gone and nothing of it is left in the queue. */
  readonly closed: Promise<void>
  #markClosed!: () => void

  constructor(socket: Socket, peer: Peer, serving: Serving) {
    this.#socket = socket
    this.#peer = peer
    this.#serving = serving
    this.closed = new Promise((resolve) => {
      this.#markClosed = resolve
    })
  }

  /** Let the submission under way end; start none. */
  endSoon(): void {
    this.#ending = true
    if (this.#submission === undefined) this.#socket.destroy()
  }

  start(): void {
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#socket.on('error', () => {})
    this.#socket.on('close', () => {
      if (!this.#working) void this.#end()
    })
    this.#socket.on('timeout', () => this.#socket.destroy())
  }

  #receive(chunk: Buffer): void {
    this.#reader.push(chunk)
    if (!this.#working) void this.#turn()
  }

  /** One thing at a time: while this runs nothing is read, and a client that goes away is cleaned up after it. */
  async #turn(): Promise<void> {
    this.#working = true
    this.#socket.pause()
    try {
      await this.#work()
    } catch (error) {
      this.#serving.log('client', { error: String(error), uid: this.#peer.uid, client: this.#peer.pid })
      this.#socket.destroy()
    }
    this.#working = false
    if (this.#socket.destroyed) await this.#end()
    else this.#socket.resume()
  }

  async #work(): Promise<void> {
    for (let piece = this.#reader.next(); piece !== undefined; piece = this.#reader.next()) {
      if (this.#socket.destroyed) return
      await this.#take(piece)
    }
  }

  async #take({ letter, bytes }: Piece): Promise<void> {
    const open = this.#submission
    if (letter === 'S') {
      if (open !== undefined) throw new Error('a submission is under way')
      return this.#open(bytes)
    }
    if (open === undefined) throw new Error(`no submission for frame ${letter}`)
    if (letter === 'M') return this.#check(open, await open.intake?.message(bytes))
    if (letter === 'E') return this.#check(open, await open.intake?.envelope(bytes))
    if (letter === 'C') return this.#commit(open)
    if (letter === 'A') return this.#abort(open)
    throw new Error(`unknown frame ${letter}`)
  }

  async #open(bytes: Uint8Array): Promise<void> {
    const opening = decodeOpening(bytes)
    if (opening === undefined) throw new Error('unknown opening')
    const { uid, pid } = this.#peer
    const qp = opening.numbering === 'pid' ? pid : this.#serving.nextNumber()
    const open: Open = { qp, startedMs: this.#serving.now(), slot: this.#serving.slots.take(uid) }
    this.#submission = open
    this.#socket.setTimeout(IDLE_MS)
    if (open.slot === undefined) return this.#refuse(open, queueFailure(exit.temporarilyRefused, 'no slot'))
    const intake = await openIntake(this.#serving, { uid, qp }, opening.facts)
    if (intake.ok) open.intake = intake.value
    else this.#refuse(open, intake.failure)
  }

  /** After trouble, what still comes of this submission is skipped; the commit gets the answer. */
  #check(open: Open, result: Result<undefined, QueueFailure> | undefined): void {
    if (this.#serving.now() - open.startedMs > TOTAL_MS) this.#refuse(open, queueFailure(exit.timeout))
    else if (result !== undefined && !result.ok) this.#refuse(open, result.failure)
  }

  #refuse(open: Open, failure: QueueFailure): void {
    open.intake = undefined
    if (open.failure !== undefined) return
    open.failure = failure
    this.#serving.log('refuse', {
      qp: open.qp,
      uid: this.#peer.uid,
      code: failure.code,
      cause: causeOf(failure),
    })
  }

  async #commit(open: Open): Promise<void> {
    if (open.intake !== undefined) {
      const { number } = open.intake
      const result = await open.intake.finish()
      if (result.ok) this.#serving.trace('queued', { msg: number, qp: open.qp, uid: this.#peer.uid })
      else this.#refuse(open, result.failure)
      open.intake = undefined
    }
    const { qp, failure } = open
    this.#answer({ code: failure?.code ?? 0, qp, text: '' })
  }

  async #abort(open: Open): Promise<void> {
    await open.intake?.abort()
    this.#answer({ code: exit.readError, qp: open.qp, text: '' })
  }

  /** The submission is over; the connection may bring another. */
  #answer(answer: Answer): void {
    this.#release()
    this.#socket.setTimeout(0)
    const bytes = encodeAnswer(answer)
    if (this.#ending) this.#socket.end(bytes)
    else this.#socket.write(bytes)
  }

  #release(): void {
    this.#submission?.slot?.()
    this.#submission = undefined
  }

  async #end(): Promise<void> {
    const intake = this.#submission?.intake
    this.#release()
    await intake?.abort()
    this.#markClosed()
  }
}

interface Open {
  readonly qp: number
  readonly startedMs: number
  readonly slot: (() => void) | undefined
  intake?: Intake | undefined
  failure?: QueueFailure
}

function causeOf(failure: QueueFailure): string {
  return failure.cause === undefined ? failure.text : String(failure.cause)
}
