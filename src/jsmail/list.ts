/**
 * What is in the queue, one message after the other, read through the store while the suite runs: a message may be gone or go on
 * between two reads, which is no trouble. Nothing is changed. Called by `jsmail queue`.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { errnoOf } from '../../lib/failure/errno.ts'
import type { Kept, QueueKeeper, Standing } from '../../lib/queue/keeper.ts'
import { type Channel, channels, type MessageNumber } from '../../lib/queue/paths.ts'

export interface ListedRecipient {
  readonly channel: Channel
  readonly address: ByteString
  readonly isDone: boolean
}

export interface Listed {
  readonly number: MessageNumber
  readonly sizeBytes: number
  /** Queued, and not yet looked at by send: nothing more is known. */
  readonly isNew: boolean
  readonly sender?: ByteString
  readonly birthSeconds?: number
  /** When each channel is tried next, in seconds, as of send's last start or stop. */
  readonly due: Standing['due']
  readonly recipients: readonly ListedRecipient[]
  /** A bounce is being collected. */
  readonly isBouncing: boolean
  /** A file of it could not be read. */
  readonly trouble?: string
}

export async function* listQueue(keeper: QueueKeeper): AsyncGenerator<Listed, void, void> {
  // Send may take one up between the two walks.
  const listed = new Set<MessageNumber>()
  for await (const numbers of keeper.todo.waiting()) {
    for (const number of numbers) {
      const size = await keeper.scheduled.sizeBytes(number)
      listed.add(number)
      if (size.ok) yield { ...nothingKnown(number), sizeBytes: size.value, isNew: true }
    }
  }
  for await (const standings of keeper.scheduled.all()) {
    for (const standing of standings) {
      if (standing.ok && listed.has(standing.value.number)) continue
      const message = standing.ok ? await describe(keeper, standing.value) : troubled('?', standing)
      if (message !== undefined) yield message
    }
  }
}

function nothingKnown(number: MessageNumber): Listed {
  return { number, sizeBytes: 0, isNew: false, due: {}, recipients: [], isBouncing: false }
}

type Failed = Extract<Kept<unknown>, { ok: false }>

/** Undefined: the message has left the queue since it was seen. */
function troubled(number: MessageNumber, { failure }: Failed): Listed | undefined {
  if (errnoOf(failure.cause) === 'ENOENT') return undefined
  return { ...nothingKnown(number), trouble: `unable to ${failure.doing} ${failure.file}` }
}

async function describe(keeper: QueueKeeper, standing: Standing): Promise<Listed | undefined> {
  const { number, due } = standing
  // Send has begun with it and not finished: it was listed as new.
  if (standing.isTodo) return undefined
  const facts = await keeper.scheduled.facts(number)
  if (!facts.ok) return troubled(number, facts)
  const size = await keeper.scheduled.sizeBytes(number)
  if (!size.ok) return troubled(number, size)
  const recipients: ListedRecipient[] = []
  for (const channel of channels.filter((each) => due[each] !== undefined)) {
    const read = await readRecipients(keeper, number, channel)
    if (!read.ok) return troubled(number, read)
    recipients.push(...read.value)
  }
  const bounce = await keeper.bounces.sizeBytes(number)
  return {
    ...nothingKnown(number),
    ...facts.value,
    sizeBytes: size.value,
    due,
    recipients,
    isBouncing: bounce.ok && bounce.value !== undefined,
  }
}

async function readRecipients(
  keeper: QueueKeeper,
  number: MessageNumber,
  channel: Channel,
): Promise<Kept<readonly ListedRecipient[]>> {
  const opened = await keeper.scheduled.recipients(number, channel)
  if (!opened.ok) return errnoOf(opened.failure.cause) === 'ENOENT' ? { ok: true, value: [] } : opened
  const reader = opened.value
  const found: ListedRecipient[] = []
  try {
    for (;;) {
      const records = await reader.read()
      if (!records.ok) return records
      if (records.value === undefined) return { ok: true, value: found }
      for (const { recipient, isDone } of records.value) found.push({ channel, address: recipient, isDone })
    }
  } finally {
    await reader.close()
  }
}
