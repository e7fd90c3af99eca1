/**
 * What the control files say, as the verbs need it: read at start, and in resident life again when one was edited
 * (control(5)). A file that cannot be read is no default: the client is told to come back.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { Controls } from '../../lib/control/controls.ts'
import { mapOf, setOf } from '../../lib/control/lines.ts'
import type { Profile } from '../../lib/control/registry.ts'
import { type Failure, failed, ok, type Result, temporary } from '../../lib/failure/failure.ts'
import type { Protocol } from '../../lib/smtp/server.ts'
import type { Table } from '../../lib/table/table.ts'
import type { DeliveredHere, RecipientPolicy } from './policy.ts'
import type { Context, Effect } from './session.ts'
import { modernProtocol, qmailProtocol } from './verbs.ts'

export interface Settings {
  readonly profile: Profile
  readonly protocol: Protocol<Context, Effect>
  /** How the server calls itself in its greeting. */
  readonly greeting: ByteString
  /** control/me, for Received. */
  readonly me: ByteString | undefined
  /** How long a client may say nothing, or not read what it is told. */
  readonly timeoutSeconds: number
  /** Bytes of a message; 0: no limit. DATABYTES wins (limits.ts). */
  readonly databytes: number
  readonly maxRecipients: number
  /** Resident life only. */
  readonly maxConnections: number
  readonly recipients: RecipientPolicy
  /** Consulted only beside rcpthosts. */
  readonly moreRcpthosts: Table
  readonly badmailfrom: ReadonlySet<ByteString>
  readonly localIpHost: ByteString | undefined
  readonly isOurAddress: (ip: string) => boolean
}

/** What main adds to the control files. */
export interface Sources {
  readonly controls: Controls
  readonly moreRcpthosts: Table
  readonly ownAddresses: () => readonly string[]
}

/** The files that readSettings reads: an edit of one of them is an edit of the settings. */
export const settingNames: readonly string[] = [
  'profile',
  'me',
  'smtpgreeting',
  'timeoutsmtpd',
  'databytes',
  'maxrecipients',
  'concurrencyincoming',
  'rcpthosts',
  'locals',
  'virtualdomains',
  'badmailfrom',
  'localiphost',
]

const defaults = {
  qmail: { protocol: qmailProtocol, maxRecipients: 100_000 },
  modern: { protocol: modernProtocol, maxRecipients: 1000 },
} as const

const TIMEOUT_SECONDS = 1200
/** At 20 KiB each, 40 MB. */
const MAX_CONNECTIONS = 2000

export function readSettings({ controls, moreRcpthosts, ownAddresses }: Sources): Result<Settings> {
  const reading = new Reading()
  const profile = reading.value(controls.profile()) ?? 'qmail'
  const greeting = reading.value(controls.lineOrMe('smtpgreeting'))
  const settings = {
    profile,
    protocol: defaults[profile].protocol,
    me: reading.value(controls.line('me')),
    timeoutSeconds: Math.max(1, reading.value(controls.integer('timeoutsmtpd')) ?? TIMEOUT_SECONDS),
    databytes: reading.value(controls.integer('databytes')) ?? 0,
    maxRecipients: reading.value(controls.integer('maxrecipients')) ?? defaults[profile].maxRecipients,
    maxConnections: reading.value(controls.integer('concurrencyincoming')) ?? MAX_CONNECTIONS,
    recipients: readRecipientPolicy(controls, profile, reading),
    moreRcpthosts,
    badmailfrom: setOf(reading.value(controls.list('badmailfrom')) ?? []),
    localIpHost: reading.value(controls.lineOrMe('localiphost')),
    // 0.0.0.0 is this host to whoever connects to it (notqmail).
    isOurAddress: (ip: string) => ip === '0.0.0.0' || ownAddresses().includes(ip),
  }
  if (reading.failure !== undefined) return failed(reading.failure)
  if (greeting === undefined)
    return failed(temporary('3.0', 'unable to read controls', 'neither smtpgreeting nor me'))
  return ok({ ...settings, greeting })
}

/** Without rcpthosts qmail accepts everything; `modern` what is delivered here. */
function readRecipientPolicy(controls: Controls, profile: Profile, reading: Reading): RecipientPolicy {
  const rcpthosts = reading.value(controls.list('rcpthosts'))
  if (rcpthosts !== undefined) return { rcpthosts: setOf(rcpthosts), here: undefined }
  if (profile === 'qmail') return { rcpthosts: undefined, here: undefined }
  const here: DeliveredHere = {
    locals: setOf(reading.value(controls.listOrMe('locals')) ?? []),
    virtual: mapOf(reading.value(controls.list('virtualdomains')) ?? []),
  }
  return { rcpthosts: undefined, here }
}

/** Remembers the first failure, so that settings can be read one after the other. */
class Reading {
  failure: Failure | undefined

  value<T>(result: Result<T>): T | undefined {
    if (result.ok) return result.value
    this.failure ??= result.failure
    return undefined
  }
}
