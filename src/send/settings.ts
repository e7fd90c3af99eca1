/**
 * What send is told by the control files. All of it is read at start; HUP reads `locals` and `virtualdomains` again and nothing else.
 * An unreadable file is a failure, never a default: a wrong guess could bounce mail. qmail-control(5), send.8.md
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { mapOf, setOf } from '../../lib/control/lines.ts'
import type { Profile } from '../../lib/control/registry.ts'
import { failed, ok, type Result, temporary } from '../../lib/failure/failure.ts'
import type { Channel } from '../../lib/queue/paths.ts'
import type { BounceSettings } from './bounce.ts'
import type { Routing } from './rewrite.ts'

export interface Settings {
  readonly concurrency: { readonly [channel in Channel]: number }
  readonly lifetimeSeconds: number
  readonly bounce: BounceSettings
  readonly routing: Routing
}

/** The readers of lib/control/by-file that send needs, for one home. */
export interface Controls {
  readLine(name: string): Result<ByteString | undefined>
  readInteger(name: string): Result<number | undefined>
  readList(name: string): Result<readonly ByteString[] | undefined>
  readLineOrMe(name: string, literal: ByteString): Result<ByteString>
  readListOrMe(name: string): Result<readonly ByteString[] | undefined>
  readProfile(): Result<Profile>
}

/** The same for any home. */
export type ControlFiles = {
  readonly [reader in keyof Controls]: (
    home: string,
    ...args: Parameters<Controls[reader]>
  ) => ReturnType<Controls[reader]>
}

export function controlsOf(home: string, files: ControlFiles): Controls {
  return {
    readLine: (name) => files.readLine(home, name),
    readInteger: (name) => files.readInteger(home, name),
    readList: (name) => files.readList(home, name),
    readLineOrMe: (name, literal) => files.readLineOrMe(home, name, literal),
    readListOrMe: (name) => files.readListOrMe(home, name),
    readProfile: () => files.readProfile(home),
  }
}

/** The control file that failed, for HUP's alert. */
export type Rereadable = 'locals' | 'virtualdomains'

const WEEK_SECONDS = 604_800
/** As other qmails with this file. */
const BOUNCE_BYTES = 50_000

export function readSettings(controls: Controls): Result<Settings> {
  const line = (name: string, absent: string): ByteString => valueOf(controls.readLine(name)) ?? absent
  const host = (name: string): ByteString => valueOf(controls.readLineOrMe(name, name))
  const integer = (name: string, absent: number): number => valueOf(controls.readInteger(name)) ?? absent
  try {
    const bouncehost = host('bouncehost')
    const doubleBounceHost = host('doublebouncehost')
    return ok({
      concurrency: { local: integer('concurrencylocal', 10), remote: integer('concurrencyremote', 20) },
      lifetimeSeconds: integer('queuelifetime', WEEK_SECONDS),
      bounce: {
        bouncefrom: line('bouncefrom', 'MAILER-DAEMON'),
        bouncehost,
        doubleBounceTo: `${line('doublebounceto', 'postmaster')}@${doubleBounceHost}`,
        isReport: isReport(controls),
        maxBytes: integer('bouncemaxbytes', BOUNCE_BYTES),
      },
      routing: {
        envnoathost: host('envnoathost'),
        percenthack: setOf(valueOf(controls.readList('percenthack')) ?? []),
        locals: locals(controls),
        virtualdomains: virtualdomains(controls),
      },
    })
  } catch (error) {
    return failed(temporary('3.0', 'unable to read controls', error))
  }
}

/** The file, else what the profile says. */
function isReport(controls: Controls): boolean {
  const own = valueOf(controls.readInteger('dsnbounce'))
  return own === undefined ? valueOf(controls.readProfile()) === 'modern' : own !== 0
}

/** HUP: new tables where they can be read; otherwise all stays as it was, and `unreadable` says why. */
export function rereadRouting(
  controls: Controls,
  routing: Routing,
): { readonly routing: Routing; readonly unreadable?: Rereadable } {
  let reading: Rereadable = 'locals'
  try {
    const newLocals = locals(controls)
    reading = 'virtualdomains'
    return { routing: { ...routing, locals: newLocals, virtualdomains: virtualdomains(controls) } }
  } catch {
    return { routing, unreadable: reading }
  }
}

function locals(controls: Controls): ReadonlySet<ByteString> {
  const list = valueOf(controls.readListOrMe('locals'))
  if (list === undefined) throw new Error('neither control/locals nor control/me')
  return setOf(list)
}

function virtualdomains(controls: Controls): ReadonlyMap<ByteString, ByteString> {
  return mapOf(valueOf(controls.readList('virtualdomains')) ?? [])
}

/** One failure ends the reading of all: thrown here, caught above. */
function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.failure.text, { cause: result.failure.cause })
  return result.value
}
