/**
 * The Delivery port: one job of one message, a report for each recipient. Adapters: over the spawn protocol (send to lspawn and
 * rspawn), by exec (lspawn to local, rspawn to remote), and later in one process with a worker (local --serve, remote --serve).
 */
import type { ByteString } from '../bytes/bytes.ts'

export interface Delivery {
  /** Where the message is, as send names it: `<split>/<number>` beneath queue/mess. */
  readonly messid: ByteString
  readonly sender: ByteString
  /** At least one; more than one only where both sides agreed on it. */
  readonly recipients: readonly ByteString[]
}

/** K delivered, Z try again, D give up; any other letter is mangled and counts as Z. */
export type Letter = 'K' | 'Z' | 'D'

export interface Report {
  readonly letter: Letter
  /** What qmail's logs and bounces show; lines end LF. */
  readonly text: ByteString
}

/** One report per recipient, in their order. It never throws: what goes wrong here is a report with Z. */
export type Deliver = (delivery: Delivery) => Promise<readonly Report[]>
