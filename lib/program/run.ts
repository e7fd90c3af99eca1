/**
 * The shell of every program: what the system gave us (arguments, environment, ids, clock, signals) as one value, and
 * the one place that ends the process. Only this folder and each main.ts touch `process`; cores receive what they need.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type ByteString, byteString, decodeUtf8, fromText } from '../bytes/bytes.ts'
import { exitNow, isAvailable } from '../os/os.ts'
import { writeDescriptor } from './descriptor.ts'
import { type Log, logTo, traceTo } from './log.ts'

export type Environment = Readonly<Record<string, ByteString | undefined>>

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
}

export interface System {
  /** The program's name, as qmail calls it but without `qmail-`. */
  readonly name: string
  /** The arguments after the program's name, as the bytes they were. */
  readonly argv: readonly ByteString[]
  /** The environment at start, as the bytes it was. */
  readonly env: Environment
  readonly pid: number
  readonly uid: number
  readonly gid: number
  /** qmail's home: holds alias bin control queue submit users. An absolute path. */
  readonly home: string
  readonly clock: Clock
  /** Events of ours, on descriptor 2. */
  readonly log: Log
  /** Events of ours, in HOME/trace, for `jsmail why`. */
  readonly trace: Log
  /** Run it whenever the signal comes, instead of what the signal does by default. */
  on(signal: NodeJS.Signals, listener: () => void): void
  /** One line on descriptor 2, `qmail-NAME: TEXT`; returns the exit code that it was given. */
  complain(text: ByteString, code: number): number
  chdir(directory: string): void
  /** chdir, for programs whose exit code says that it failed. */
  enter(directory: string): boolean
  /** How many file operations may wait for the disk at once; to be said before the first of them. */
  useThreads(count: number): void
  umask(mask: number): void
  /** Give up privileges for good: exactly this user and this group. Throws unless that worked. */
  become(id: { readonly uid: number; readonly gid: number }): void
}

/** Main returns the exit code. What it throws is our own mistake: logged, and 111, which every caller takes as "later". */
export type Main = (system: System) => number | Promise<number>

const BUG = 111

/** `title` is the name that ps and killall show: qmail's (`qmail-send`), or the program's own where qmail has none. */
export function run(name: string, main: Main, title = `qmail-${name}`): void {
  const system = systemOf(name, title)
  process.title = title
  process.on('uncaughtException', (error) => crash(system, error))
  process.on('unhandledRejection', (error) => crash(system, error))
  Promise.resolve()
    .then(() => main(system))
    .then(
      (code) => end(code),
      (error: unknown) => crash(system, error),
    )
}

function crash(system: System, error: unknown): never {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  system.log('bug', { error: fromText(stack) })
  end(BUG)
}

/** The process ends here and now, without whatever was not written yet. */
export function end(code: number): never {
  if (isAvailable()) exitNow(code)
  process.exit(code)
}

function systemOf(name: string, title: string): System {
  const clock: Clock = { now: () => Date.now() }
  const home = homeOf(process.env['JSMAIL_HOME'])
  // Children that we start find the same home, wherever they run.
  const env = { ...environment(), JSMAIL_HOME: fromText(home) }
  // Where ids do not exist, nothing of the suite runs; -1 is nobody's.
  const uid = process.getuid?.() ?? -1
  return {
    name,
    argv: argumentBytes(),
    env,
    pid: process.pid,
    uid,
    gid: process.getgid?.() ?? -1,
    home,
    clock,
    log: logTo(2, name, process.pid),
    trace: traceOfCurrentUser(home, name, clock),
    on: (signal, listener) => void process.on(signal, listener),
    complain(text, code) {
      try {
        writeDescriptor(2, Buffer.from(`${title}: ${text}\n`, 'latin1'))
      } catch {
        // Nobody listens: the code alone says it.
      }
      return code
    },
    chdir: (directory) => process.chdir(directory),
    enter(directory) {
      try {
        process.chdir(directory)
        return true
      } catch {
        return false
      }
    },
    useThreads: (count) => void (process.env['UV_THREADPOOL_SIZE'] ??= String(count)),
    umask: (mask) => void process.umask(mask),
    become,
  }
}

/** Opened at the first event, so after privileges are given up: the file belongs to the user who runs on. */
function traceOfCurrentUser(home: string, name: string, clock: Clock): Log {
  let trace: Log | undefined
  return (event, fields) => {
    trace ??= traceTo(home, process.getuid?.() ?? -1, name, process.pid, clock.now)
    trace(event, fields)
  }
}

/** The launcher names the home; without a launcher it is `run` beside the sources or the build. */
function homeOf(named: string | undefined): string {
  return resolve(named !== undefined && named !== '' ? named : `${import.meta.dirname}/../run`)
}

const REPLACEMENT = '\uFFFD'

/**
 * The runtime decodes arguments as UTF-8 and loses what is not. Addresses are bytes: where a replacement character shows up, the
 * arguments are read again from the kernel (before process.title overwrites them).
 */
function argumentBytes(): readonly ByteString[] {
  const decoded = process.argv.slice(2)
  if (!decoded.some((argument) => argument.includes(REPLACEMENT))) return decoded.map(fromText)
  try {
    const raw = byteString(readFileSync('/proc/self/cmdline')).split('\0').slice(0, -1)
    return raw.slice(raw.length - decoded.length)
  } catch {
    return decoded.map(fromText)
  }
}

function environment(): Environment {
  const decoded = Object.entries(process.env)
  const lost = decoded.some(([, value]) => value?.includes(REPLACEMENT))
  if (!lost) return Object.fromEntries(decoded.map(([name, value]) => [name, fromText(value ?? '')]))
  try {
    const raw = byteString(readFileSync('/proc/self/environ')).split('\0')
    const pairs = raw
      .filter((pair) => pair.includes('='))
      .map((pair) => {
        const equals = pair.indexOf('=')
        return [decodeUtf8(pair.slice(0, equals)) ?? pair.slice(0, equals), pair.slice(equals + 1)] as const
      })
    return Object.fromEntries(pairs)
  } catch {
    return Object.fromEntries(decoded.map(([name, value]) => [name, fromText(value ?? '')]))
  }
}

function become(id: { readonly uid: number; readonly gid: number }): void {
  const { setgroups, setgid, setuid, getuid, getgid } = process
  if (setgroups === undefined || setgid === undefined || setuid === undefined)
    throw new Error('no user ids here')
  if (getuid?.() === 0) setgroups([id.gid])
  if (getgid?.() !== id.gid) setgid(id.gid)
  if (getuid?.() !== id.uid) setuid(id.uid)
  if (getuid?.() !== id.uid || getgid?.() !== id.gid) throw new Error('could not give up privileges')
}
