/**
 * `jsmail queue remove`: a message is not delivered any more and nobody is told. Without send all its files go, in an order in which a
 * crash leaves a legal state. While send runs its recipients are marked done, which send looks at in each attempt: then it ends
 * the message itself, as after a delivery. jsmail(8)
 */
import { errnoOf } from '../../../lib/failure/errno.ts'
import type { Kept, QueueKeeper, Standing } from '../../../lib/queue/keeper.ts'
import { channels, type MessageNumber } from '../../../lib/queue/paths.ts'
import { hasEnded, troubleText } from './message.ts'
import { absent, done, type Outcome, refused } from './outcome.ts'

export async function removeMessage(
  keeper: QueueKeeper,
  number: MessageNumber,
  isSendRunning: boolean,
): Promise<Outcome> {
  const standing = await keeper.scheduled.standing(number)
  if (!standing.ok) return refused(troubleText(standing.failure))
  if (!standing.value.hasInfo && !standing.value.isTodo) return absent
  return isSendRunning ? markRemoved(keeper, standing.value) : removeFiles(keeper, number)
}

/** The bounce goes first, so that no sender is told of half a message; the text last. */
async function removeFiles(keeper: QueueKeeper, number: MessageNumber): Promise<Outcome> {
  const { scheduled, bounces, removal } = keeper
  const steps: readonly (() => Promise<Kept<undefined>>)[] = [
    () => bounces.remove(number),
    ...channels.map((channel) => () => scheduled.removeChannel(number, channel)),
    () => scheduled.removeInfo(number),
    () => removal.removeTodo(number),
    () => removal.removeMessage(number),
  ]
  for (const step of steps) {
    const removed = await step()
    if (!removed.ok && !isAbsent(removed)) return refused(troubleText(removed.failure))
  }
  return done('removed')
}

async function markRemoved(keeper: QueueKeeper, { number, isTodo, due }: Standing): Promise<Outcome> {
  if (isTodo)
    return refused(
      'send is about to take it up: try again in a moment. If it stays new, stop send and try again',
    )
  for (const channel of channels) {
    if (due[channel] === undefined) continue
    const marked = await keeper.scheduled.markAllDone(number, channel, async () => ({
      ok: true,
      value: undefined,
    }))
    if (!marked.ok && !hasEnded(marked.failure)) return refused(troubleText(marked.failure))
  }
  const removed = await keeper.bounces.remove(number)
  if (!removed.ok && !isAbsent(removed)) return refused(troubleText(removed.failure))
  return done('will not be delivered; send removes it when its next attempt is due')
}

function isAbsent(kept: Extract<Kept<unknown>, { ok: false }>): boolean {
  return errnoOf(kept.failure.cause) === 'ENOENT'
}
