/**
 * The control files of one home as a core sees them: it asks for a value by name and never sees a path. A main hands in
 * controlFiles(home) of by-file.ts; a test hands in whatever it likes. Readers and defaults: control(5).
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Result } from '../failure/failure.ts'
import type { Profile } from './registry.ts'

/** Undefined always means: no such file (or, for an integer, no digit). A failure means: there, and unreadable now. */
export interface Controls {
  line(name: string): Result<ByteString | undefined>
  integer(name: string): Result<number | undefined>
  list(name: string): Result<readonly ByteString[] | undefined>
  /** The first line of NAME, else of `me`, else undefined. */
  lineOrMe(name: string): Result<ByteString | undefined>
  /** The lines of NAME, else the first line of `me`, else undefined. */
  listOrMe(name: string): Result<readonly ByteString[] | undefined>
  profile(): Result<Profile>
}
