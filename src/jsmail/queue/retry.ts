/**
 * `jsmail queue retry`: try again now. A running send keeps the times of its messages in memory and can be told one thing only, by
 * ALRM: everything is due. Without send, the times in the files are what its next start goes by. jsmail(8)
 */
import type { QueueKeeper } from '../../../lib/queue/keeper.ts'
import { channels, type MessageNumber } from '../../../lib/queue/paths.ts'
import { troubleText } from './message.ts'
import { absent, done, type Outcome, refused } from './outcome.ts'

export async function retryMessage(
  keeper: QueueKeeper,
  number: MessageNumber,
  nowSeconds: number,
): Promise<Outcome> {
  const standing = await keeper.scheduled.standing(number)
  if (!standing.ok) return refused(troubleText(standing.failure))
  const { hasInfo, isTodo, due } = standing.value
  if (isTodo) return done('new: it is tried as soon as send starts')
  if (!hasInfo) return absent
  for (const channel of channels) {
    if (due[channel] === undefined) continue
    const kept = await keeper.scheduled.setDue(number, channel, nowSeconds)
    if (!kept.ok) return refused(troubleText(kept.failure))
  }
  return done('is tried as soon as send starts')
}

/** Every message; how many. Throws UnreadableDirectory. */
export async function retryAll(
  keeper: QueueKeeper,
  nowSeconds: number,
  complain: (text: string) => void,
): Promise<{ readonly count: number; readonly isWhole: boolean }> {
  let count = 0
  let isWhole = true
  for await (const found of keeper.scheduled.all()) {
    for (const { number } of found) {
      const outcome = await retryMessage(keeper, number, nowSeconds)
      if (outcome.is === 'done') count += 1
      if (outcome.is !== 'refused') continue
      isWhole = false
      complain(`jsmail: ${number}: ${outcome.text}\n`)
    }
  }
  return { count, isWhole }
}
