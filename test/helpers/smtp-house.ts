/**
 * smtpd in this process, without sockets: a wire that is two arrays, and a queue that is a list. The conversation, the session
 * and the settings are the real ones; control files are real files.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { byteString } from '../../lib/bytes/bytes.ts'
import { controlFiles } from '../../lib/control/by-file.ts'
import type { Envelope } from '../../lib/envelope/envelope.ts'
import { failed, ok } from '../../lib/failure/failure.ts'
import type { Hook } from '../../lib/hook/hook.ts'
import type { Reader, Wire } from '../../lib/net/wire.ts'
import type { Fields } from '../../lib/program/log.ts'
import { type QueueFailure, queueFailure, queueFailureWithText } from '../../lib/queue/exitcode.ts'
import type { OpenSubmission } from '../../lib/queue/submission.ts'
import { cdbTable } from '../../lib/table/by-cdb.ts'
import type { Client } from '../../src/smtpd/client.ts'
import { Heap } from '../../src/smtpd/heap.ts'
import { type Conversation, type Ended, serve } from '../../src/smtpd/serve.ts'
import { readSettings, type Settings } from '../../src/smtpd/settings.ts'

/** Control files in a directory of their own. */
export class ControlHome implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'smtpd-'))

  constructor(control: Iterable<readonly [name: string, content: string | undefined]>) {
    mkdirSync(`${this.path}/control`)
    for (const [name, content] of control) if (content !== undefined) this.write(name, content)
  }

  write(name: string, content: string): void {
    mkdirSync(join(this.path, 'control', name, '..'), { recursive: true })
    writeFileSync(`${this.path}/control/${name}`, content, 'latin1')
  }

  settings(): Settings {
    const settings = readSettings({
      controls: controlFiles(this.path),
      moreRcpthosts: cdbTable('morercpthosts.cdb', `${this.path}/control/morercpthosts.cdb`),
      ownAddresses: () => ['127.0.0.1', '::1'],
    })
    if (!settings.ok) throw new Error(settings.failure.text)
    return settings.value
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** The client's end of a connection. */
export class MemoryWire implements Wire {
  said = ''
  isPaused = false
  isClosed = false
  /** The client does not read: what is written waits. */
  isStuck = false
  reader: Reader | undefined

  read(reader: Reader): void {
    this.reader = reader
  }

  write(text: string): boolean {
    this.said += text
    return !this.isStuck
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  end(): void {
    this.isEnded = true
  }

  isEnded = false

  finish(): void {
    this.destroy()
  }

  destroy(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.reader?.closed()
  }

  /** As a socket does it: the memory is used again after the call. */
  hear(text: string): void {
    if (this.isClosed) return
    const memory = Buffer.from(text, 'latin1')
    this.reader?.received(memory)
    memory.fill(0)
  }
}

export interface Stored {
  readonly message: string
  readonly envelope: Envelope
}

export interface MemoryQueue {
  readonly stored: readonly Stored[]
  /** Submissions that were opened and neither committed nor aborted. */
  readonly open: number
  readonly submit: OpenSubmission
}

export const QP = 4711

/** A queue that keeps everything, or ends as the exit code says. `answer` delays what it says. */
export function memoryQueue(
  options: {
    readonly exit?: number
    readonly text6?: string
    readonly opens?: QueueFailure
    readonly answer?: Promise<void>
  } = {},
): MemoryQueue {
  const stored: Stored[] = []
  const queue = {
    stored,
    open: 0,
    submit: async () => {
      if (options.opens !== undefined) return failed(options.opens)
      let message = ''
      queue.open += 1
      return ok({
        write(bytes: Uint8Array) {
          message += byteString(bytes)
          return undefined
        },
        async commit(envelope: Envelope) {
          await options.answer
          queue.open -= 1
          const exit = options.exit ?? 0
          if (exit !== 0) {
            return failed(options.text6 ? queueFailureWithText(exit, options.text6) : queueFailure(exit))
          }
          stored.push({ message, envelope })
          return ok({ qp: QP })
        },
        async abort() {
          queue.open -= 1
        },
      })
    },
  }
  return queue
}

export interface Meeting {
  readonly wire: MemoryWire
  readonly conversation: Conversation
  /** How it ended, once it has. */
  readonly ended: Promise<Ended>
  readonly log: readonly (readonly [event: string, fields: Fields])[]
}

export interface Guest {
  readonly settings: Settings
  readonly queue: MemoryQueue
  readonly env?: Readonly<Record<string, string>>
  readonly hooks?: readonly Hook[]
  readonly now?: () => number
}

export function meet({
  settings,
  queue,
  env = {},
  hooks = [],
  now = () => 1_000_000_000_000,
}: Guest): Meeting {
  const wire = new MemoryWire()
  const client: Client = { own: env, shared: {} }
  const log: (readonly [string, Fields])[] = []
  const write = (event: string, fields: Fields = {}): void => void log.push([event, fields])
  const { promise: ended, resolve } = Promise.withResolvers<Ended>()
  const context = { settings, client, recipientHooks: hooks, clock: { now }, trace: write }
  const conversation = serve(wire, {
    context,
    submit: queue.submit,
    heap: new Heap(),
    log: write,
    over: resolve,
  })
  return { wire, conversation, ended, log }
}

/** Until everything that waits for nothing but promises has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}
