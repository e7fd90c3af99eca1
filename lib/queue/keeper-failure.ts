/**
 * Trouble with a file of the queue as a value: what was being done, to which file. The keepers make it here and nowhere
 * else; send turns it into one of its warnings. It is always "later": a damaged queue never bounces mail.
 */
import { errnoOf } from '../failure/errno.ts'
import { failed, ok, temporary } from '../failure/failure.ts'
import type { Doing, Kept, KeeperFailure } from './keeper.ts'

export function keeperFailure(doing: Doing, file: string, cause: unknown): KeeperFailure {
  return { ...temporary('3.0', 'trouble with the queue', cause), doing, file }
}

/** Do it; what it throws is a failure. */
export async function attempt<T>(doing: Doing, file: string, act: () => Promise<T>): Promise<Kept<T>> {
  try {
    return ok(await act())
  } catch (error) {
    return failed(keeperFailure(doing, file, error))
  }
}

/** As attempt, but a file that does not exist is `undefined`. */
export async function attemptIfThere<T>(
  doing: Doing,
  file: string,
  act: () => Promise<T>,
): Promise<Kept<T | undefined>> {
  try {
    return ok(await act())
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? ok(undefined) : failed(keeperFailure(doing, file, error))
  }
}

/** A directory that cannot be listed: what is in it is unknown, which is not the same as empty. */
export class UnreadableDirectory extends Error {
  /** Beneath the queue directory, as qmail-send's log names it. */
  readonly directory: string

  constructor(directory: string, cause: unknown) {
    super(`cannot list ${directory}`, { cause })
    this.directory = directory
  }
}
