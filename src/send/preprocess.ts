/**
 * One message from queued to preprocessed: its envelope is read record by record, each recipient is rewritten to its channel, and
 * when all that is on disk, qmail-clean removes todo/N. From then on the message is scheduled. Whatever goes wrong
 * leaves todo/N, which the next scan takes up again. qmail-send(8), INTERNALS §3
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import {
  mailExtra,
  recipientExtra,
  RecordReader,
  type StoredRecord,
  todoRecord,
} from '../../lib/envelope/record.ts'
import { ok } from '../../lib/failure/failure.ts'
import type { Kept, Preprocessing, TodoKeeper } from '../../lib/queue/keeper.ts'
import type { Channel, MessageNumber } from '../../lib/queue/paths.ts'
import type { Cleaner } from './cleaner.ts'
import { infoLine, newLine, type SendLog } from './log.ts'
import type { Route } from './rewrite.ts'

export interface PreprocessParts {
  readonly keeper: Pick<TodoKeeper, 'preprocess'>
  readonly cleaner: Pick<Cleaner, 'ask'>
  readonly route: (recipient: ByteString) => Route
  /** The message is preprocessed and has recipients on these channels, perhaps on none. */
  readonly schedule: (number: MessageNumber, channels: readonly Channel[]) => void
  readonly log: SendLog
}

export async function preprocess(number: MessageNumber, parts: PreprocessParts): Promise<void> {
  const { keeper, log, cleaner, schedule } = parts
  const begun = await keeper.preprocess(number)
  if (!begun.ok) return log.warn(begun.failure)
  const isRead = await readEnvelope(number, begun.value, parts)
  if (!isRead) return begun.value.abandon()
  const channels = await begun.value.commit()
  if (!channels.ok) return log.warn(channels.failure)
  const answer = await cleaner.ask({ what: 'todo', number })
  if (answer === 'failed') log.line(`warning: qmail-clean unable to clean up todo/${number}`)
  if (answer === 'done') schedule(number, channels.value)
}

/**
 * False after trouble, which is logged. The first line of the message waits until its envelope has come from the disk, so that the
 * second follows it though other messages are read at the same time.
 */
async function readEnvelope(
  number: MessageNumber,
  work: Preprocessing,
  { route, log }: PreprocessParts,
): Promise<boolean> {
  const reader = new RecordReader()
  const envelope = new EnvelopeBeingRead(number, work, route, log)
  for (let isFirst = true; ; isFirst = false) {
    const chunk = await work.read()
    if (isFirst) log.line(newLine(number))
    if (!chunk.ok) {
      log.warn(chunk.failure)
      return false
    }
    if (chunk.value === undefined) return true
    for (const record of reader.receive(chunk.value)) {
      const taken = await envelope.take(record)
      if (taken === 'unknown') {
        log.line(`warning: unknown record type in ${work.file}`)
        return false
      }
      if (taken.ok) continue
      log.warn(taken.failure)
      return false
    }
  }
}

/** What the records so far have said. */
class EnvelopeBeingRead {
  readonly #number: MessageNumber
  readonly #work: Preprocessing
  readonly #route: (recipient: ByteString) => Route
  readonly #log: SendLog
  #uid = '0'
  #pid = '0'
  #hasSender = false
  #last: { readonly channel: Channel; readonly offset: number } | undefined

  constructor(
    number: MessageNumber,
    work: Preprocessing,
    route: (recipient: ByteString) => Route,
    log: SendLog,
  ) {
    this.#number = number
    this.#work = work
    this.#route = route
    this.#log = log
  }

  /** `unknown`: a record that qmail-send does not know, or one that forbids to go on without knowing it. */
  async take(stored: StoredRecord): Promise<Kept<undefined> | 'unknown'> {
    const record = todoRecord(stored)
    switch (record.is) {
      case 'uid':
        this.#uid = record.uid
        return ok()
      case 'pid':
        this.#pid = record.pid
        return ok()
      case 'sender':
        return this.#takeSender(record.sender)
      case 'recipient':
        return this.#takeRecipient(record.recipient)
      case 'mailParameters':
        return this.#takeExtra(mailExtra(record.parameters))
      case 'recipientParameters':
        return this.#takeRecipientExtra(record.parameters)
      case 'mustHold':
      case 'unknown':
        return 'unknown'
    }
  }

  async #takeSender(sender: ByteString): Promise<Kept<undefined>> {
    const added = await this.#work.addSender(sender)
    if (!added.ok) return added
    this.#hasSender = true
    const { sizeBytes } = this.#work
    this.#log.line(infoLine({ number: this.#number, sizeBytes, sender, pid: this.#pid, uid: this.#uid }))
    return ok()
  }

  async #takeRecipient(address: ByteString): Promise<Kept<undefined>> {
    const { channel, recipient } = this.#route(address)
    const added = await this.#work.addRecipient(channel, recipient)
    if (!added.ok) return added
    this.#last = { channel, offset: added.value }
    return ok()
  }

  /** Info begins with its sender: parameters that come before one are nobody's. To the log a carrier is a `p` without digits. */
  async #takeExtra(extra: ByteString): Promise<Kept<undefined>> {
    this.#pid = '0'
    return this.#hasSender ? this.#work.addExtra(extra) : ok()
  }

  async #takeRecipientExtra(parameters: ByteString): Promise<Kept<undefined>> {
    if (this.#last === undefined) return ok()
    const { channel, offset } = this.#last
    return this.#takeExtra(recipientExtra(channel === 'local' ? 'L' : 'R', offset, parameters))
  }
}
