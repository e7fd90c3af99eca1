/**
 * send's end of the two pipes to qmail-clean: a request, an answer of one byte, in order. Several requests may be under way (the
 * answers come in their order); each is short, so the pipe never holds more than it can. qmail-clean(8)
 */
import type { Readable, Writable } from 'node:stream'
import { byteString } from '../../lib/bytes/bytes.ts'
import { answers, type CleanCommand, encodeCleanCommand } from '../../lib/queue/clean-command.ts'

/** `lost`: nobody knows whether it was done. */
export type Answer = 'done' | 'failed' | 'lost'

export class Cleaner {
  readonly #commands: Writable
  readonly #waiting: ((answer: Answer) => void)[] = []
  #isLost = false
  #onLost: (() => void) | undefined

  constructor(commands: Writable, replies: Readable) {
    this.#commands = commands
    commands.on('error', () => this.#lose())
    replies.on('error', () => this.#lose())
    replies.on('end', () => this.#lose())
    replies.on('data', (chunk: Buffer) => this.#receive(chunk))
  }

  /** Called once when qmail-clean is gone, at once if it is gone already. */
  onLost(listener: () => void): void {
    this.#onLost = listener
    if (this.#isLost) listener()
  }

  ask(command: CleanCommand): Promise<Answer> {
    if (this.#isLost) return Promise.resolve('lost')
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#commands.write(encodeCleanCommand(command))
    })
  }

  #receive(chunk: Buffer): void {
    for (const answer of byteString(chunk))
      this.#waiting.shift()?.(answer === answers.done ? 'done' : 'failed')
  }

  #lose(): void {
    if (this.#isLost) return
    this.#isLost = true
    for (const resolve of this.#waiting.splice(0)) resolve('lost')
    this.#onLost?.()
  }
}
