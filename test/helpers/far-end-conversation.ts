/**
 * What the scripted far end says, without the socket: command lines and message bytes in, replies out, everything written down.
 * Used by far-end.ts for each connection.
 */
import type { Answer, Reply, Script } from './far-end-script.ts'

export interface FarMessage {
  /** Between the angle brackets of MAIL FROM, and the parameters after it. */
  readonly sender: string
  readonly parameters: string
  /** Between the angle brackets of each RCPT TO that was accepted. */
  readonly recipients: readonly string[]
  /** As it came on the wire, with its dots stuffed and the final dot line. */
  readonly wire: Buffer
  /** Unstuffed, without the final dot line: what a queue would get, with CRLF line ends. */
  readonly content: Buffer
}

export type Step =
  | { readonly is: 'say'; readonly reply: Reply }
  | { readonly is: 'message'; readonly message: FarMessage }
  | { readonly is: 'stopReading' }

const END = Buffer.from('\r\n.\r\n')

export class Conversation {
  readonly transcript: string[] = []
  readonly commands: string[] = []
  readonly messages: FarMessage[] = []
  readonly #script: Script
  readonly #said = new Map<string, number>()
  #rest: Buffer = Buffer.alloc(0)
  #data: Buffer[] | undefined
  #dataBytes = 0
  #sender = ''
  #parameters = ''
  #recipients: string[] = []

  constructor(script: Script) {
    this.#script = script
  }

  greet(): readonly Step[] {
    return [this.#say(this.#script.greeting ?? '220 far.example ESMTP')]
  }

  receive(chunk: Buffer): readonly Step[] {
    const steps: Step[] = []
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    for (;;) {
      const before = this.#rest.length
      steps.push(...(this.#data === undefined ? this.#takeLine() : this.#takeData(this.#data)))
      if (this.#rest.length === before) return steps
    }
  }

  #takeLine(): readonly Step[] {
    const lf = this.#rest.indexOf(10)
    if (lf === -1) return []
    const isBare = this.#rest[lf - 1] !== 13
    const line = this.#rest.toString('latin1', 0, isBare ? lf : lf - 1)
    this.#rest = this.#rest.subarray(lf + 1)
    this.commands.push(isBare ? `(bare LF) ${line}` : line)
    this.transcript.push(`C: ${this.commands.at(-1)}`)
    return [this.#answer(line)]
  }

  #answer(line: string): Step {
    const verb = (/^[A-Za-z]*/.exec(line)?.[0] ?? '').toUpperCase()
    const reply = this.#scripted(verb, line) ?? this.#usual(verb, line)
    const isAccepted = typeof reply === 'string' && /^[23]/.test(reply)
    if (verb === 'MAIL' && isAccepted) this.#start(line)
    if (verb === 'RCPT' && isAccepted) this.#recipients.push(pathOf(line).path)
    if (verb === 'DATA' && isAccepted && reply.startsWith('354')) this.#data = [Buffer.from('\r\n')]
    return this.#say(reply)
  }

  #start(line: string): void {
    const { path, rest } = pathOf(line)
    this.#sender = path
    this.#parameters = rest
    this.#recipients = []
  }

  #usual(verb: string, line: string): Reply {
    if (verb === 'EHLO') return keywordLines(['far.example', ...(this.#script.keywords ?? [])])
    if (verb === 'DATA') return '354 go ahead'
    if (verb === 'QUIT') return { say: '221 far.example', do: 'close' }
    const digits = verb === 'RCPT' ? /^\d{3}/.exec(pathOf(line).path)?.[0] : undefined
    return digits === undefined ? '250 ok' : `${digits}-first line\n${digits} rejected by rule`
  }

  #scripted(verb: string, line: string): Reply | undefined {
    const replies = this.#script.replies ?? {}
    const key = Object.hasOwn(replies, verb) ? verb : '*'
    const answer: Answer | undefined = replies[key]
    if (typeof answer === 'function') return answer(line)
    if (!Array.isArray(answer)) return answer as Reply | undefined
    const count = this.#said.get(key) ?? 0
    this.#said.set(key, count + 1)
    return (answer as readonly Reply[])[Math.min(count, answer.length - 1)]
  }

  #takeData(data: Buffer[]): readonly Step[] {
    // The last bytes seen go in front, so that an end that came in two chunks is found.
    const tail = Buffer.concat(data.slice(-END.length)).subarray(-(END.length - 1))
    const joined = Buffer.concat([tail, this.#rest])
    const found = joined.indexOf(END)
    const taken = found === -1 ? this.#rest.length : found + END.length - tail.length
    if (taken > 0) data.push(this.#rest.subarray(0, taken))
    this.#dataBytes += taken
    this.#rest = this.#rest.subarray(taken)
    const limit = this.#script.stopInDataAfterBytes
    if (limit !== undefined && this.#dataBytes >= limit) return [{ is: 'stopReading' }]
    return found === -1 ? [] : this.#finish(data)
  }

  #finish(data: readonly Buffer[]): readonly Step[] {
    const wire = Buffer.concat(data.slice(1))
    const stuffed = Buffer.concat(data).toString('latin1')
    const content = stuffed.slice(2, -3).replace(/(^|\r\n)\./g, '$1')
    const message: FarMessage = {
      sender: this.#sender,
      parameters: this.#parameters,
      recipients: this.#recipients,
      wire,
      content: Buffer.from(content, 'latin1'),
    }
    this.#data = undefined
    this.#dataBytes = 0
    this.messages.push(message)
    this.transcript.push(`C: (${wire.length} bytes)`)
    const reply = this.#scripted('.', '.') ?? '250 ok queued'
    return [{ is: 'message', message }, this.#say(reply)]
  }

  #say(reply: Reply): Step {
    const text = typeof reply === 'string' ? reply : 'bytes' in reply ? latin1(reply.bytes) : reply.say
    if (text !== undefined)
      this.transcript.push(
        ...text
          .trimEnd()
          .split(/\r?\n/)
          .map((line) => `S: ${line}`),
      )
    return { is: 'say', reply }
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** The path between the first `<` and its closing `>` (one within quotes does not close), and what follows it. */
function pathOf(line: string): { readonly path: string; readonly rest: string } {
  const match = /<((?:"(?:[^"\\]|\\.)*"|[^>"])*)>\s*(.*)$/s.exec(line)
  return { path: match?.[1] ?? '', rest: match?.[2] ?? '' }
}

function keywordLines(lines: readonly string[]): string {
  return lines.map((line, index) => `250${index === lines.length - 1 ? ' ' : '-'}${line}`).join('\n')
}
