/**
 * One transaction over one connection: the client session's effects carried out on a socket, the message streamed, every wait bounded.
 * Called by remote.ts once it is connected. The connection is closed when it returns.
 */
import type { Socket } from 'node:net'
import { type ByteString, bytesOf } from '../../lib/bytes/bytes.ts'
import type { ClientSession, Effect } from '../../lib/smtp/client.ts'
import type { Outcome, RecipientResult } from '../../lib/smtp/client-outcome.ts'
import type { Message, Survey } from './message.ts'

export interface Mailing {
  readonly sender: ByteString
  readonly recipients: readonly ByteString[]
  readonly message: Message
}

/** The session's outcome, or: our own message could not be read. */
export type Ending =
  | Outcome
  | { readonly recipients: readonly RecipientResult[]; readonly message: { readonly is: 'unreadable' } }

/**
 * A server that says something all the time and never finishes: each step (a reply, a chunk of the message) has this many times the
 * timeout for one wait.
 */
const WAITS_PER_STEP = 5
/** For QUIT to leave, where the server does not even read any more. */
const GOODBYE_MS = 1000

export class Dialogue {
  readonly #socket: Socket
  readonly #session: ClientSession
  readonly #mailing: Mailing
  readonly #stepMs: number
  readonly #ended = Promise.withResolvers<Ending>()
  #step: NodeJS.Timeout | undefined
  /** Somebody waits for the socket's buffer to be empty, or for the end. */
  #wake: () => void = () => undefined
  #isOver = false

  constructor(socket: Socket, session: ClientSession, mailing: Mailing, timeoutSeconds: number) {
    this.#socket = socket
    this.#session = session
    this.#mailing = mailing
    this.#stepMs = Math.min(timeoutSeconds * WAITS_PER_STEP * 1000, 2 ** 31 - 1)
    // The runtime's own timer for sockets: it begins anew with every byte in either direction.
    socket.setTimeout(timeoutSeconds * 1000, () => this.#lose())
    socket.on('data', (chunk: Buffer) => this.#apply(session.receive(chunk)))
    socket.on('end', () => this.#lose())
    socket.on('error', () => this.#lose())
    socket.on('close', () => this.#lose())
    socket.on('drain', () => this.#wake())
    // It may have broken before anybody listened here.
    if (socket.destroyed) queueMicrotask(() => this.#lose())
    this.#progress()
  }

  /** Resolves with what became of it; never rejects. */
  async run(): Promise<Ending> {
    const ending = await this.#ended.promise
    clearTimeout(this.#step)
    return ending
  }

  #apply(effects: readonly Effect[]): void {
    if (effects.length > 0) this.#progress()
    for (const effect of effects) {
      switch (effect.is) {
        case 'write':
          this.#socket.write(bytesOf(effect.bytes))
          break
        case 'ready':
          this.#begin()
          break
        case 'data':
          void this.#sendMessage()
          break
        case 'outcome':
          this.#finish(effect.outcome, effect.next !== 'close')
      }
    }
  }

  #begin(): void {
    const { sender, recipients, message } = this.#mailing
    const { offers } = this.#session
    let survey: Survey | undefined
    try {
      if (offers.has('SIZE') || offers.has('8BITMIME')) survey = message.survey()
    } catch {
      this.#finish({ recipients: [], message: { is: 'unreadable' } }, true)
      return
    }
    this.#apply(this.#session.begin({ sender, recipients, ...survey }))
  }

  async #sendMessage(): Promise<void> {
    let held: Buffer | undefined
    try {
      for await (const chunk of this.#mailing.message.chunks()) {
        if (held !== undefined) await this.#write(held)
        if (this.#isOver) return
        held = this.#session.encode(chunk)
      }
    } catch {
      this.#giveUpMessage()
      return
    }
    if (!this.#isOver) this.#endMessage(held)
  }

  /** Without its final dot the server forgets the message; what it said of the recipients is reported all the same. */
  #giveUpMessage(): void {
    for (const effect of this.#session.lost()) {
      if (effect.is !== 'outcome') continue
      this.#finish({ recipients: effect.outcome.recipients, message: { is: 'unreadable' } }, false)
    }
  }

  /** The last chunk and the final dot leave together. */
  #endMessage(held: Buffer | undefined): void {
    const { bytes, effects } = this.#session.endData()
    if (bytes !== undefined) {
      this.#socket.cork()
      if (held !== undefined) this.#socket.write(held)
      this.#socket.write(bytes)
      this.#socket.uncork()
    }
    this.#apply(effects)
  }

  /** At most the socket's own buffer is waiting to leave. */
  async #write(bytes: Buffer): Promise<void> {
    if (this.#isOver || this.#socket.write(bytes)) return
    await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#progress()
  }

  #progress(): void {
    clearTimeout(this.#step)
    if (!this.#isOver) this.#step = setTimeout(() => this.#lose(), this.#stepMs)
  }

  #lose(): void {
    if (!this.#isOver) this.#apply(this.#session.lost())
  }

  /** QUIT is said where it can be understood; its answer is not waited for. */
  #finish(ending: Ending, mayQuit: boolean): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#wake()
    const close = () => {
      this.#socket.destroy()
      this.#ended.resolve(ending)
    }
    if (!mayQuit) return close()
    this.#socket.setTimeout(GOODBYE_MS, close)
    const goodbye = this.#session.quit().flatMap((effect) => (effect.is === 'write' ? [effect.bytes] : []))
    this.#socket.write(bytesOf(goodbye.join('')), close)
  }
}
