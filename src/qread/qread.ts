/**
 * The listing of qread: every message that has an info file, its recipients beneath it, in lines that other programs take apart. The
 * queue may be in use: a message that ends while it is looked at is left out. Trouble with a file is a line, and the
 * listing goes on. At most one buffer of one file is in memory. qmail-qread(8): qread.8.md
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { headerDate } from '../../lib/date/date.ts'
import type { ChannelRecord } from '../../lib/envelope/record.ts'
import { errnoOf, errorText } from '../../lib/failure/errno.ts'
import { UnreadableDirectory } from '../../lib/queue/keeper-failure.ts'
import type { KeeperFailure, QueueKeeper } from '../../lib/queue/keeper.ts'
import { type Channel, channels, type MessageNumber } from '../../lib/queue/paths.ts'

export interface Listing {
  readonly keeper: Pick<QueueKeeper, 'scheduled' | 'bounces'>
  readonly print: (text: ByteString) => void
}

const TEMPORARY = 111

/** The exit code. */
export async function listMessages(listing: Listing): Promise<0 | 111> {
  try {
    for await (const found of listing.keeper.scheduled.all()) {
      for (const standing of found) {
        const { number } = standing
        const trouble = standing.ok ? await listMessage(number, listing) : standing.failure
        if (trouble !== undefined && !(await isOver(number, listing)))
          listing.print(`warning: trouble with #${number}: ${reason(trouble)}\n`)
      }
    }
    return 0
  } catch (error) {
    if (!(error instanceof UnreadableDirectory)) throw error
    listing.print(`fatal: unable to read queue/${error.directory}: ${errorText(error.cause)}\n`)
    return TEMPORARY
  }
}

/** What went wrong, if anything did. */
async function listMessage(
  number: MessageNumber,
  { keeper, print }: Listing,
): Promise<KeeperFailure | undefined> {
  const size = await keeper.scheduled.sizeBytes(number)
  if (!size.ok) return size.failure
  const facts = await keeper.scheduled.facts(number)
  if (!facts.ok) return facts.failure
  const bounce = await keeper.bounces.sizeBytes(number)
  const isBouncing = bounce.ok && bounce.value !== undefined
  const date = headerDate(facts.value.birthSeconds * 1000).replace('-0000', 'GMT')
  const head = `${date}  #${number}  ${size.value}  <${printable(facts.value.sender)}> `
  print(`${head}${isBouncing ? ' bouncing' : ''}\n`)
  for (const channel of channels) {
    const trouble = await listRecipients(number, channel, { keeper, print })
    if (trouble !== undefined) return trouble
  }
  return undefined
}

async function listRecipients(
  number: MessageNumber,
  channel: Channel,
  { keeper, print }: Listing,
): Promise<KeeperFailure | undefined> {
  const opened = await keeper.scheduled.recipients(number, channel)
  if (!opened.ok) return isAbsent(opened.failure) ? undefined : opened.failure
  const reader = opened.value
  try {
    for (;;) {
      const records = await reader.read()
      if (!records.ok) return records.failure
      if (records.value === undefined) return undefined
      print(records.value.map((record) => recipientLine(record, channel)).join(''))
    }
  } finally {
    await reader.close()
  }
}

function recipientLine({ isDone, recipient }: ChannelRecord, channel: Channel): string {
  return `${isDone ? '  done' : ''}\t${channel}\t${printable(recipient)}\n`
}

/** It has left the queue since its directory was read. */
async function isOver(number: MessageNumber, { keeper }: Listing): Promise<boolean> {
  const standing = await keeper.scheduled.standing(number)
  return standing.ok && !standing.value.hasInfo
}

function isAbsent({ cause }: KeeperFailure): boolean {
  return errnoOf(cause) === 'ENOENT'
}

function reason({ cause }: KeeperFailure): string {
  return errnoOf(cause) === '' ? 'damaged file' : errorText(cause)
}

/** Blanks stay; what a terminal or a line might not bear is `_`. */
function printable(text: ByteString): string {
  return text.replace(/[^ -~]/g, '_')
}
