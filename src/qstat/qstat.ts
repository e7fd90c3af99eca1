/**
 * Counting: what has a message file, and what waits in todo. The directories are only listed, no file is opened. qmail-qstat(8):
 * qstat.8.md
 */
import { errorText } from '../../lib/failure/errno.ts'
import { UnreadableDirectory } from '../../lib/queue/keeper-failure.ts'
import type { QueueKeeper } from '../../lib/queue/keeper.ts'

export interface Counted {
  readonly messages: number
  readonly unprocessed: number
}

/** Why not, when a directory cannot be read. */
export async function countMessages(
  keeper: Pick<QueueKeeper, 'todo' | 'removal'>,
): Promise<Counted | string> {
  try {
    return {
      messages: await count(keeper.removal.messages()),
      unprocessed: await count(keeper.todo.waiting()),
    }
  } catch (error) {
    if (!(error instanceof UnreadableDirectory)) throw error
    return `unable to read queue/${error.directory}: ${errorText(error.cause)}`
  }
}

async function count(chunks: AsyncIterable<readonly string[]>): Promise<number> {
  let sum = 0
  for await (const { length } of chunks) sum += length
  return sum
}
