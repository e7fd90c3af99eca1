/**
 * The names of messages in a Maildir: `time.pid.host`, as qmail-local gives them. One process of qmail's delivers once; ours
 * may deliver many messages in one second, and only those after the first carry a count in the middle part
 * (`time.pid_N.host`), so that a name is never given twice. maildir(5).
 */
import { type ByteString, fromText } from '../bytes/bytes.ts'

export interface NameSource {
  readonly pid: number
  readonly host: string
  /** Milliseconds since the epoch. */
  now(): number
}

/** Gives a new name at every call. The names of one process are in order even when the clock is set back. */
export function uniqueNames(source: NameSource): () => ByteString {
  // In a file name `/` cannot stand, and `:` begins the flags.
  const host = fromText(source.host).replaceAll('/', '\\057').replaceAll(':', '\\072')
  let second = 0
  let count = 0
  return () => {
    const now = Math.floor(source.now() / 1000)
    if (now > second) {
      second = now
      count = 0
    } else count += 1
    return `${second}.${source.pid}${count === 0 ? '' : `_${count}`}.${host}`
  }
}
