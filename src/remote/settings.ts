/**
 * What remote reads from control/ before it does anything. An unreadable file stops the delivery for now. qmail-remote(8),
 * CONTROL FILES.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { Controls } from '../../lib/control/controls.ts'
import { mapOf } from '../../lib/control/lines.ts'
import type { Profile } from '../../lib/control/registry.ts'
import { failed, ok, type Result, temporary } from '../../lib/failure/failure.ts'

export interface Settings {
  readonly profile: Profile
  readonly helo: ByteString
  /** smtproutes; keys in lower case. */
  readonly routes: ReadonlyMap<ByteString, ByteString>
  readonly connectSeconds: number
  /** For each wait within the dialogue. */
  readonly sessionSeconds: number
}

/** A timer of the runtime cannot be longer; 0 would mean none. */
const LONGEST_SECONDS = 2_000_000

export function readSettings(controls: Controls): Result<Settings> {
  const profile = controls.profile()
  if (!profile.ok) return profile
  const helo = controls.lineOrMe('helohost')
  if (!helo.ok) return helo
  if (helo.value === undefined)
    return failed(temporary('3.0', 'unable to read controls', 'no helohost, no me'))
  const routes = controls.list('smtproutes')
  if (!routes.ok) return routes
  const connect = controls.integer('timeoutconnect')
  if (!connect.ok) return connect
  const session = controls.integer('timeoutremote')
  if (!session.ok) return session
  return ok({
    profile: profile.value,
    helo: helo.value,
    routes: mapOf(routes.value ?? []),
    connectSeconds: bounded(connect.value ?? 60),
    sessionSeconds: bounded(session.value ?? 1200),
  })
}

function bounded(seconds: number): number {
  return Math.min(Math.max(seconds, 1), LONGEST_SECONDS)
}
