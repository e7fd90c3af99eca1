/**
 * One message of the queue as the commands of `jsmail queue` see it, read through the store while the suite runs: it may be gone or
 * go on between two reads, which is no trouble. Nothing is changed.
 */
import type { ByteString } from '../../../lib/bytes/bytes.ts'
import { todoRecord } from '../../../lib/envelope/record.ts'
import { errnoOf, errorText } from '../../../lib/failure/errno.ts'
import type {
  Kept,
  KeeperFailure,
  QueueKeeper,
  Standing,
  WaitingEnvelope,
} from '../../../lib/queue/keeper.ts'
import { type Channel, channels, type MessageNumber } from '../../../lib/queue/paths.ts'

export interface ListedRecipient {
  /** Not known before send has taken the message up. */
  readonly channel?: Channel
  readonly address: ByteString
  readonly isDone: boolean
}

export interface Listed {
  readonly number: MessageNumber
  readonly sizeBytes: number
  /** Queued, and not yet taken up by send. */
  readonly isNew: boolean
  readonly sender?: ByteString
  /** When it was queued (new), or taken up. */
  readonly birthSeconds?: number
  /** When each channel is tried next, in seconds, as of send's last start or stop. */
  readonly due: Standing['due']
  readonly recipients: readonly ListedRecipient[]
  /** A bounce is being collected. */
  readonly isBouncing: boolean
  /** A file of it could not be read. */
  readonly trouble?: string
}

/** Undefined: it waits no longer; send has it, or it is gone. */
export async function describeNew(keeper: QueueKeeper, number: MessageNumber): Promise<Listed | undefined> {
  const opened = await keeper.todo.envelope(number)
  if (!opened.ok) return troubled(keeper, number, opened.failure)
  try {
    const size = await keeper.scheduled.sizeBytes(number)
    if (!size.ok) return await troubled(keeper, number, size.failure)
    const envelope = await readEnvelope(opened.value)
    if (!envelope.ok) return await troubled(keeper, number, envelope.failure)
    const { queuedSeconds: birthSeconds } = opened.value
    return { ...nothingKnown(number), ...envelope.value, sizeBytes: size.value, birthSeconds, isNew: true }
  } finally {
    await opened.value.close()
  }
}

/** Undefined: it has left the queue, or send has begun with it and not finished (then it is new). */
export async function describeScheduled(
  keeper: QueueKeeper,
  number: MessageNumber,
): Promise<Listed | undefined> {
  const standing = await keeper.scheduled.standing(number)
  if (!standing.ok) return troubled(keeper, number, standing.failure)
  const { due, isTodo, hasInfo } = standing.value
  if (isTodo || !hasInfo) return undefined
  const facts = await keeper.scheduled.facts(number)
  if (!facts.ok) return troubled(keeper, number, facts.failure)
  const size = await keeper.scheduled.sizeBytes(number)
  if (!size.ok) return troubled(keeper, number, size.failure)
  const recipients: ListedRecipient[] = []
  for (const channel of channels) {
    const read = await readRecipients(keeper, number, channel, recipients)
    if (!read.ok) return troubled(keeper, number, read.failure)
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

function nothingKnown(number: MessageNumber): Listed {
  return { number, sizeBytes: 0, isNew: false, due: {}, recipients: [], isBouncing: false }
}

/** A file that is missing is trouble only while the message is there. */
async function troubled(
  keeper: QueueKeeper,
  number: MessageNumber,
  failure: KeeperFailure,
): Promise<Listed | undefined> {
  if (errnoOf(failure.cause) === 'ENOENT') {
    const standing = await keeper.scheduled.standing(number)
    if (standing.ok && !standing.value.hasInfo && !standing.value.isTodo) return undefined
    // It went on from todo while it was looked at: the walk meets it again.
    if (standing.ok && !standing.value.isTodo && failure.file.startsWith('todo/')) return undefined
  }
  return { ...nothingKnown(number), trouble: troubleText(failure) }
}

/** The channel file was gone when it was opened: the last of its recipients was done meanwhile. */
export function hasEnded({ doing, cause }: KeeperFailure): boolean {
  return doing === 'open' && errnoOf(cause) === 'ENOENT'
}

export function troubleText({ doing, file, cause }: KeeperFailure): string {
  return `unable to ${doing} ${file}: ${errnoOf(cause) === '' ? 'damaged file' : errorText(cause)}`
}

type Addresses = Pick<Listed, 'recipients'> & { readonly sender?: ByteString }

async function readEnvelope(envelope: WaitingEnvelope): Promise<Kept<Addresses>> {
  const recipients: ListedRecipient[] = []
  let sender: ByteString | undefined
  for (;;) {
    const records = await envelope.read()
    if (!records.ok) return records
    if (records.value === undefined)
      return { ok: true, value: sender === undefined ? { recipients } : { sender, recipients } }
    for (const stored of records.value) {
      const record = todoRecord(stored)
      if (record.is === 'sender') sender ??= record.sender
      if (record.is === 'recipient') recipients.push({ address: record.recipient, isDone: false })
    }
  }
}

async function readRecipients(
  keeper: QueueKeeper,
  number: MessageNumber,
  channel: Channel,
  into: ListedRecipient[],
): Promise<Kept<undefined>> {
  const opened = await keeper.scheduled.recipients(number, channel)
  if (!opened.ok) return errnoOf(opened.failure.cause) === 'ENOENT' ? { ok: true, value: undefined } : opened
  const reader = opened.value
  try {
    for (;;) {
      const records = await reader.read()
      if (!records.ok) return records
      if (records.value === undefined) return { ok: true, value: undefined }
      for (const { recipient, isDone } of records.value) into.push({ channel, address: recipient, isDone })
    }
  } finally {
    await reader.close()
  }
}
