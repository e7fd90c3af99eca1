/**
 * What was last answered about each recipient, out of send's log, since the queue itself does not remember it: lines as qmail-send
 * writes them, with whatever a logger puts in front. Only what is not over is kept. Pure; at most ANSWERS answers, the oldest go.
 */
import { type ByteString, byteString, bytesOf, logSafe } from '../../../lib/bytes/bytes.ts'
import type { MessageNumber } from '../../../lib/queue/paths.ts'

export interface Answer {
  readonly outcome: 'success' | 'deferral' | 'failure'
  /** As the log has it: `_` for a blank, `/` for a line end. */
  readonly text: ByteString
}

export const ANSWERS = 200_000
const TEXT_BYTES = 500
/** A longer line is none of send's. */
const LINE_BYTES = 65_536
/** send runs at most 255 deliveries on each channel; a log may lack the ends of some. */
const RUNNING = 10_000

const line =
  /(?:^|\s)(?:(starting) delivery ([0-9]+): msg ([0-9]+) to (?:local|remote) (\S*)|delivery ([0-9]+): (success|deferral|failure): (\S*)|(new|end) msg ([0-9]+))$/

interface Running {
  readonly number: MessageNumber
  readonly recipient: ByteString
}

export class Answers {
  /** By message, and then by recipient, as the log writes it. */
  readonly #answers = new Map<MessageNumber, Map<ByteString, Answer>>()
  readonly #running = new Map<string, Running>()
  #count = 0
  #rest = ''

  get count(): number {
    return this.#count
  }

  of(number: MessageNumber, address: ByteString): Answer | undefined {
    return this.#answers.get(number)?.get(logSafe(address))
  }

  /** The next bytes of a log. */
  receive(chunk: Uint8Array): void {
    const lines = (this.#rest + byteString(chunk)).split('\n')
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > LINE_BYTES) this.#rest = ''
    for (const each of lines) this.#take(each)
  }

  /** One log is over: its last line counts even without a line end, and nothing runs any more. */
  end(): void {
    this.#take(this.#rest)
    this.#rest = ''
    this.#running.clear()
  }

  #take(text: string): void {
    const found = line.exec(text)
    if (found === null) return
    const [, starting, delivery, of, recipient, ended, outcome, answer, moved, number] = found
    if (starting !== undefined) this.#start(delivery ?? '', of ?? '', recipient ?? '')
    else if (ended !== undefined) this.#end(ended, outcome as Answer['outcome'], answer ?? '')
    // A number that is used again begins anew.
    else if (moved !== undefined) this.#forget(number ?? '')
  }

  #start(delivery: string, number: MessageNumber, recipient: ByteString): void {
    if (this.#running.size >= RUNNING) this.#running.clear()
    this.#running.set(copy(delivery), { number: copy(number), recipient: copy(recipient) })
  }

  #end(delivery: string, outcome: Answer['outcome'], text: ByteString): void {
    const running = this.#running.get(delivery)
    this.#running.delete(delivery)
    if (running === undefined) return
    const { number, recipient } = running
    let answers = this.#answers.get(number)
    if (answers === undefined) this.#answers.set(number, (answers = new Map()))
    this.#count -= answers.size
    answers.set(recipient, { outcome, text: copy(text.slice(0, TEXT_BYTES)) })
    this.#count += answers.size
    while (this.#count > ANSWERS) this.#forget(this.#answers.keys().next().value ?? '')
  }

  #forget(number: MessageNumber): void {
    this.#count -= this.#answers.get(number)?.size ?? 0
    this.#answers.delete(number)
  }
}

/** A part of a string holds the whole of it in memory: a piece of the log for each answer. */
function copy(text: ByteString): ByteString {
  return byteString(bytesOf(text))
}
