/**
 * `jsmail queue bounce`: whoever has not got the message fails now, and its sender is told as of any failure. For each recipient a
 * paragraph is stored, then it is marked done; send does the rest when the next attempt is due. Both files are read anew by
 * send each time, so it may run. jsmail(8)
 */
import { type ByteString, lowerAscii } from '../../../lib/bytes/bytes.ts'
import type { ChannelRecord } from '../../../lib/envelope/record.ts'
import { errnoOf } from '../../../lib/failure/errno.ts'
import { failed, ok } from '../../../lib/failure/failure.ts'
import { keeperFailure } from '../../../lib/queue/keeper-failure.ts'
import type { Kept, QueueKeeper } from '../../../lib/queue/keeper.ts'
import { type Channel, channels, type MessageNumber } from '../../../lib/queue/paths.ts'
import { walkSuffixes } from '../../../lib/table/suffix.ts'
import { hasEnded, troubleText } from './message.ts'
import { absent, done, type Outcome, refused } from './outcome.ts'

export interface BounceParts {
  readonly keeper: QueueKeeper
  /** What the sender is told about each recipient: one line or more. */
  readonly reason: ByteString
  /** control/virtualdomains, keys in lower case: their prefixes are not the sender's business. */
  readonly virtualdomains: ReadonlyMap<ByteString, ByteString>
  readonly nowSeconds: number
  readonly pause: () => Promise<void>
}

export async function bounceMessage(number: MessageNumber, parts: BounceParts): Promise<Outcome> {
  const { keeper, nowSeconds } = parts
  const standing = await keeper.scheduled.standing(number)
  if (!standing.ok) return refused(troubleText(standing.failure))
  const { hasInfo, isTodo, due } = standing.value
  if (isTodo) return refused('send has not taken it up yet: try again when it has, or remove it')
  if (!hasInfo) return absent
  const silent = await silentRecipients(keeper, number)
  if (!silent.ok) return refused(troubleText(silent.failure))
  let givenUp = 0
  for (const channel of channels) {
    if (due[channel] === undefined) continue
    const marked = await keeper.scheduled.markAllDone(number, channel, (recipients) =>
      tell(number, channel, recipients, silent.value, parts),
    )
    if (!marked.ok && !hasEnded(marked.failure)) return refused(troubleText(marked.failure))
    if (marked.ok) givenUp += marked.value
    // For the next start of send, if it does not run.
    await keeper.scheduled.setDue(number, channel, nowSeconds)
  }
  if (givenUp === 0) return done('has no recipient that is waited for')
  await dropStray(number, parts)
  const whom = givenUp === 1 ? '1 recipient' : `${givenUp} recipients`
  return done(`given up for ${whom}; the sender is told when its next attempt is due`)
}

async function tell(
  number: MessageNumber,
  channel: Channel,
  recipients: readonly ChannelRecord[],
  silent: ReadonlySet<string>,
  { keeper, reason, virtualdomains }: BounceParts,
): Promise<Kept<undefined>> {
  const paragraphs = recipients
    .filter(({ offset }) => !silent.has(`${channel} ${offset}`))
    .map(({ recipient }) => paragraph(original(recipient, virtualdomains), reason))
  if (paragraphs.length === 0) return ok()
  return keeper.bounces.append(number, paragraphs.join(''))
}

/** As qmail-send stores it: no line end in the address, no empty line but the last. */
function paragraph(recipient: ByteString, reason: ByteString): ByteString {
  const lines = reason.split('\n').filter((line) => line !== '')
  return `<${recipient.replaceAll('\n', '_')}>:\n${lines.join('\n')}\n\n`
}

/** The address as its sender knows it: without the prefix of a virtual domain. */
export function original(
  recipient: ByteString,
  virtualdomains: ReadonlyMap<ByteString, ByteString>,
): ByteString {
  const at = recipient.lastIndexOf('@')
  if (at === -1) return recipient
  const keys = [...walkSuffixes(lowerAscii(recipient.slice(at + 1))), '']
  const key = keys.find((each) => virtualdomains.has(each))
  const prefix = key === undefined ? '' : virtualdomains.get(key)
  return prefix !== '' && recipient.startsWith(`${prefix}-`)
    ? recipient.slice(`${prefix}-`.length)
    : recipient
}

/** Recipients whose sender wants to hear of no failure: `x1 L 12 NOTIFY=NEVER` in info, as `local 12`. */
async function silentRecipients(
  { scheduled }: QueueKeeper,
  number: MessageNumber,
): Promise<Kept<ReadonlySet<string>>> {
  const silent = new Set<string>()
  try {
    for await (const extra of scheduled.extras(number)) {
      const [, file, offset, parameters = ''] = /^x1 ([LR]) ([0-9]+) (.*)$/s.exec(extra) ?? []
      if (parameters.split(' ').some((each) => each.toUpperCase() === 'NOTIFY=NEVER'))
        silent.add(`${file === 'L' ? 'local' : 'remote'} ${offset}`)
    }
    return ok(silent)
  } catch (cause) {
    if (errnoOf(cause) === '') throw cause
    return failed(keeperFailure('read', `info of ${number}`, cause))
  }
}

/** How often it is looked whether send has ended the message. */
const LOOKS = 40

/**
 * The last recipients may have been done by send in this very moment, and the message ended: then what was stored is about nothing, and
 * must not wait for another message of this number.
 */
async function dropStray(number: MessageNumber, { keeper, pause }: BounceParts): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const standing = await keeper.scheduled.standing(number)
    if (!standing.ok) return
    const { hasInfo, isTodo, due } = standing.value
    if (isTodo || due.local !== undefined || due.remote !== undefined) return
    if (!hasInfo) {
      await keeper.bounces.remove(number)
      return
    }
    await pause()
  }
}
