/**
 * The Table port: look a key up in somebody's data. Adapters: list.ts (a control file in memory), by-cdb.ts, and later
 * socketmap, exec, SQL, Redis. Keys are given as they shall be found; callers do the lower-casing and the walk over
 * suffixes that their contract asks for.
 */
import type { ByteString } from '../bytes/bytes.ts'

export type Found =
  | { readonly is: 'found'; readonly value: ByteString }
  | { readonly is: 'absent' }
  /** The data could not be asked now: the caller answers "later", never "no". */
  | { readonly is: 'unknown'; readonly cause: unknown }

export interface Table {
  /** For logs: the control file's name. */
  readonly name: string
  lookUp(key: ByteString): Promise<Found>
}
