/** What the commands of jsmail get from outside: chosen in main, and by the tests. */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { Controls } from '../../lib/control/controls.ts'
import type { Log } from '../../lib/program/log.ts'
import type { QueueKeeper } from '../../lib/queue/keeper.ts'
import type { Locks } from './fsck/locks.ts'
import type { Place } from './fsck/place.ts'
import type { Mutex } from './queue/mutex.ts'

export interface Surroundings {
  openQueue(): QueueKeeper
  readonly controls: Controls
  /** Milliseconds since the epoch. */
  now(): number
  print(text: ByteString): void
  complain(text: ByteString): void
  /** Events for `jsmail why`. */
  readonly trace: Log
  /** A log of send; `-` is descriptor 0. Throws the system's error. */
  readLog(path: ByteString): AsyncIterable<Uint8Array>
  /** send's mutex; undefined: send runs. Throws the system's error. */
  holdMutex(): Mutex | undefined
  /** The process id of a running send; undefined when it cannot be seen from here. */
  findSend(): number | undefined
  /** Tell it that everything is due. */
  alarm(pid: number): void
  /** Give up root for good, and be the user of send; the text says why that cannot be. */
  becomeSender(): string | undefined
  /** For fsck; the text says why not. */
  place(): Place | string
  /** Of send and of the resident queue; or who has one of them. Throws the system's error. */
  holdLocks(): Locks | 'send' | 'queue'
  /** A twentieth of a second. */
  pause(): Promise<void>
}

export const USAGE = 100
export const TEMPORARY = 111
