/**
 * The message numbers in a directory of the queue. Names that are no number belong to nobody and are passed over. Used by the classic
 * keeper alone.
 */
import type { FileSystem } from './filesystem.ts'
import { UnreadableDirectory } from './keeper-failure.ts'
import { isMessageNumber, type MessageNumber } from './paths.ts'

/** In chunks, in no order. Throws UnreadableDirectory. */
export async function* numbersIn(
  fs: FileSystem,
  directory: string,
): AsyncGenerator<readonly MessageNumber[], void, void> {
  try {
    for await (const names of fs.list(directory)) yield names.filter(isMessageNumber)
  } catch (error) {
    throw new UnreadableDirectory(directory, error)
  }
}

/** All of them at once: for the directories of one split, or todo. */
export async function allNumbersIn(fs: FileSystem, directory: string): Promise<ReadonlySet<MessageNumber>> {
  const numbers = new Set<MessageNumber>()
  for await (const chunk of numbersIn(fs, directory)) for (const number of chunk) numbers.add(number)
  return numbers
}
