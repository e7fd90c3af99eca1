/**
 * A delivery by a program: what has to be decided for it, by lspawn and rspawn in their own ways. The port's adapter by-exec.ts
 * carries it out.
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Exit, Start } from '../exec/start.ts'
import type { Failure } from '../failure/failure.ts'
import type { Report } from './delivery.ts'

/** The program and all that it is given but its descriptors. */
export type Invocation = Omit<Start, 'descriptors'>

/** What one program says, as it comes, and in the end what it means. Keeps what it needs and no more. */
export interface Outcome {
  receive(chunk: Uint8Array): void
  report(exit: Exit): Report
}

export interface Execution {
  /** The message, open for reading at its beginning; or why it cannot be delivered. */
  openMessage(messid: ByteString): number | Report
  /** What to run for this recipient; or the report that needs no program. */
  invocation(sender: ByteString, recipient: ByteString): Promise<Invocation | Report>
  outcome(): Outcome
  /** There are processes and descriptors enough, but the program could not be executed. */
  unstarted(failure: Failure): Report
}

export function isReport(value: Invocation | Report): value is Report {
  return 'letter' in value
}
