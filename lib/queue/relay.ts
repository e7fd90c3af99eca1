/**
 * A submission as raw bytes, one way to the resident queue: what the one-shot `queue` passes on from its descriptors without
 * looking at it, so that the checks are made in one place. Made by by-socket.ts.
 */
import type { Result } from '../failure/failure.ts'
import type { QueueFailure } from './exitcode.ts'
import type { Queued } from './submission.ts'

export interface Relay {
  message(bytes: Uint8Array): Promise<void> | undefined
  /** As on qmail-queue's descriptor 1; in any pieces. */
  envelope(bytes: Uint8Array): Promise<void> | undefined
  commit(): Promise<Result<Queued, QueueFailure>>
  /** Nothing of it is left in the queue when this resolves, unless the connection broke: then soon. */
  abort(): Promise<void>
}
