/**
 * qmail-send's log, character for character: analysers cut these lines at their spaces. Lines are gathered and written together,
 * always before the command or the file operation that follows from them becomes visible. qmail-log(5).
 */
import { type ByteString, bytesOf, fromText, logSafe } from '../../lib/bytes/bytes.ts'
import type { Doing, KeeperFailure } from '../../lib/queue/keeper.ts'
import type { Channel, MessageNumber } from '../../lib/queue/paths.ts'

export class SendLog {
  readonly #write: (bytes: Uint8Array) => void
  #lines = ''

  /** What `write` throws is ignored: a broken log never stops mail. */
  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write
  }

  line(text: string): void {
    this.#lines += `${text}\n`
  }

  flush(): void {
    if (this.#lines === '') return
    const bytes = bytesOf(this.#lines)
    this.#lines = ''
    try {
      this.#write(bytes)
    } catch {
      // Nobody reads the log any more.
    }
  }

  /** Why send ends before it began; the exit code that goes with it. */
  cannotStart(why: string): 111 {
    this.line(`alert: cannot start: ${why}`)
    this.flush()
    return 111
  }

  /** A mistake of ours: the process ends with it. */
  readonly bug = (error: unknown): void => {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.line(`alert: internal error: ${logSafe(fromText(stack))}`)
    this.flush()
  }

  warn(failure: KeeperFailure, next?: 'will try again later'): void {
    this.line(warning(failure, next))
  }
}

export interface Running {
  readonly running: number
  readonly limit: number
}

export function statusLine(local: Running, remote: Running, isStopping: boolean): string {
  const both = `local ${local.running}/${local.limit} remote ${remote.running}/${remote.limit}`
  return `status: ${both}${isStopping ? ' exitasap' : ''}`
}

export const newLine = (number: MessageNumber): string => `new msg ${number}`
export const endLine = (number: MessageNumber): string => `end msg ${number}`

export interface Arrival {
  readonly number: MessageNumber
  readonly sizeBytes: number
  readonly sender: ByteString
  readonly pid: string
  readonly uid: string
}

export function infoLine({ number, sizeBytes, sender, pid, uid }: Arrival): string {
  return `info msg ${number}: bytes ${sizeBytes} from <${logSafe(sender)}> qp ${pid} uid ${uid}`
}

export function startLine(
  delivery: number,
  number: MessageNumber,
  channel: Channel,
  recipient: ByteString,
): string {
  return `starting delivery ${delivery}: msg ${number} to ${channel} ${logSafe(recipient)}`
}

export type Outcome = 'success' | 'deferral' | 'failure'

export function outcomeLine(delivery: number, outcome: Outcome, report: ByteString): string {
  return `delivery ${delivery}: ${outcome}: ${logSafe(report)}`
}

const warnings: { readonly [doing in Doing]: (file: string) => string } = {
  open: (file) => `unable to open ${file}`,
  stat: (file) => `unable to stat ${file}`,
  unlink: (file) => `unable to unlink ${file}`,
  create: (file) => `unable to create ${file}`,
  read: (file) => `trouble reading ${file}`,
  write: (file) => `trouble writing to ${file}`,
  fsync: (file) => `trouble fsyncing ${file}`,
  utime: (file) => `unable to utime ${file}; message will be retried too soon`,
  mark: (file) => `trouble marking ${file}; message will be delivered twice!`,
  parse: (file) => `unknown record type in ${file}!`,
}

/** The operation and the file, in qmail-send's words; what is tried again by itself says so. */
export function warning({ doing, file }: KeeperFailure, next?: string): string {
  if (next === undefined) return `warning: ${warnings[doing](file)}`
  const what = doing === 'open' ? `trouble opening ${file}` : warnings[doing](file)
  return `warning: ${what}; ${next}`
}
