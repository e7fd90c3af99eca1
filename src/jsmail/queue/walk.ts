/**
 * Every message of the queue, one after the other: those that wait in todo first, then those that send has taken up, so that one
 * that goes on meanwhile is met once. In memory are the numbers that wait in todo, and one message.
 */
import type { QueueKeeper } from '../../../lib/queue/keeper.ts'
import type { MessageNumber } from '../../../lib/queue/paths.ts'
import { describeNew, describeScheduled, type Listed } from './message.ts'

/** Throws UnreadableDirectory. */
export async function* walkQueue(keeper: QueueKeeper): AsyncGenerator<Listed, void, void> {
  const listed = new Set<MessageNumber>()
  for await (const numbers of keeper.todo.waiting()) {
    for (const number of numbers) {
      const message = await describeNew(keeper, number)
      if (message === undefined) continue
      listed.add(number)
      yield message
    }
  }
  for await (const found of keeper.scheduled.all()) {
    for (const { number } of found) {
      if (listed.has(number)) continue
      const message = await describeScheduled(keeper, number)
      if (message !== undefined) yield message
    }
  }
}

/** One of them; undefined when the queue has none of this number. */
export async function findMessage(keeper: QueueKeeper, number: MessageNumber): Promise<Listed | undefined> {
  const standing = await keeper.scheduled.standing(number)
  const isTodo = standing.ok && standing.value.isTodo
  const asNew = isTodo ? await describeNew(keeper, number) : undefined
  return asNew ?? describeScheduled(keeper, number)
}
