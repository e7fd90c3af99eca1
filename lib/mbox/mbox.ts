/**
 * What a delivery to an mbox is, for those who deliver: src/local. Its one adapter is by-file.ts; the quoting is quote.ts. A message
 * is appended under flock(2) and is on disk before success is said; what fails is cut off again. mbox(5), qmail-local(8).
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Result } from '../failure/failure.ts'

export interface MboxDelivery {
  /** The file; it is made when it is not there. */
  readonly path: ByteString
  /** The file as its owner calls it: so it stands in the text of a failure. */
  readonly name: ByteString
  /** The From_ line and what is to stand above the message; written as it is. */
  readonly head: Uint8Array
  readonly message: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
  /** How long another may hold the lock: MBOX_LOCK_SECONDS. */
  readonly lockSeconds: number
}

/** A failure is temporary and in qmail's words. Never rejects. */
export type DeliverToMbox = (delivery: MboxDelivery) => Promise<Result<undefined>>

/** qmail-local's alarm around the lock. */
export const MBOX_LOCK_SECONDS = 30
