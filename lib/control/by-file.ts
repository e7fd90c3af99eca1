/**
 * Control files: HOME/control/NAME, read whole and at once, as control(5) says. An absent file is a value (undefined), because
 * absent and empty differ. A file that is there and cannot be read is a failure for now: no program may go on with a
 * default in its place (an unreadable rcpthosts would make an open relay).
 */
import { closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { type ByteString, byteString, concat, pathOf } from '../bytes/bytes.ts'
import { errnoOf, errorText } from '../failure/errno.ts'
import { failed, ok, type Result, temporary } from '../failure/failure.ts'
import type { Clock } from '../program/run.ts'
import type { Controls } from './controls.ts'
import { firstLine, integerOf, linesOf } from './lines.ts'
import type { Profile } from './registry.ts'

/** No control file is read that is larger: 16 MiB hold half a million domains. */
export const CONTROL_BYTES = 16 * 1024 * 1024

/** qmail's line reader: the first line. Empty is a value; undefined: no such file. */
export function readLine(home: string, name: string): Result<ByteString | undefined> {
  return readAs(home, name, firstLine)
}

/** qmail's integer reader; undefined: no such file, or no digit at its beginning, so the default holds. */
export function readInteger(home: string, name: string): Result<number | undefined> {
  return readAs(home, name, (content) => integerOf(firstLine(content)))
}

/** qmail's list reader; undefined: no such file. */
export function readList(home: string, name: string): Result<readonly ByteString[] | undefined> {
  return readAs(home, name, linesOf)
}

/** The list reader for a file somewhere else; undefined: no such file. */
export function readListFile(path: ByteString): Result<readonly ByteString[] | undefined> {
  return readPath(pathOf(path), path, linesOf)
}

/** The first line of NAME; where that file is absent, of `me`; where that is absent too, the literal. */
export function readLineOrMe(home: string, name: string, literal: ByteString): Result<ByteString>
export function readLineOrMe(home: string, name: string): Result<ByteString | undefined>
export function readLineOrMe(
  home: string,
  name: string,
  literal?: ByteString,
): Result<ByteString | undefined> {
  const own = readLine(home, name)
  if (!own.ok || own.value !== undefined) return own
  const me = readLine(home, 'me')
  return me.ok && me.value === undefined ? ok(literal) : me
}

/** The lines of NAME; where that file is absent, the first line of `me`. An empty file is an empty list. */
export function readListOrMe(home: string, name: string): Result<readonly ByteString[] | undefined> {
  const own = readList(home, name)
  if (!own.ok || own.value !== undefined) return own
  const me = readLine(home, 'me')
  if (!me.ok) return me
  return ok(me.value === undefined ? undefined : [me.value])
}

/** Which defaults hold here; `qmail` without the file. A word that is neither fails: guessing could open a relay. */
export function readProfile(home: string): Result<Profile> {
  const word = readLine(home, 'profile')
  if (!word.ok) return word
  if (word.value === undefined || word.value === 'qmail') return ok('qmail')
  if (word.value === 'modern') return ok('modern')
  return failed(unreadable('control/profile', 'neither qmail nor modern'))
}

/** All of the above for one home. */
export function controlFiles(home: string): Controls {
  return {
    line: (name) => readLine(home, name),
    integer: (name) => readInteger(home, name),
    list: (name) => readList(home, name),
    lineOrMe: (name) => readLineOrMe(home, name),
    listOrMe: (name) => readListOrMe(home, name),
    profile: () => readProfile(home),
  }
}

/** How often a file is looked at, at most. Constants of this suite's pages: control(5), "when read again". */
const LOOK_MILLISECONDS = 1000
/** A file as young as this may change once more without getting a new time: it is read again. */
const UNSETTLED_MILLISECONDS = 2000

/**
 * A value made of control files that is never older than about a second: the result of `read`, made again when one of the
 * files `names` was edited, replaced, made or removed since. After a failure `read` is tried again a second later.
 */
export function fresh<T>(
  home: string,
  names: readonly string[],
  clock: Clock,
  read: () => Result<T>,
): () => Result<T> {
  let last: { readonly result: Result<T>; readonly stamp: string; readonly isSettled: boolean } | undefined
  let lookedAt = -Infinity
  return () => {
    const now = clock.now()
    if (last !== undefined && now >= lookedAt && now < lookedAt + LOOK_MILLISECONDS) return last.result
    lookedAt = now
    const stamps = names.map((name) => stampOf(home, name))
    const stamp = stamps.map((one) => one.text).join(' ')
    const isSettled = stamps.every((one) => one.changedAt + UNSETTLED_MILLISECONDS < now)
    if (last?.result.ok && last.isSettled && last.stamp === stamp) return last.result
    const result = read()
    last = { result, stamp, isSettled }
    return result
  }
}

function stampOf(home: string, name: string): { readonly text: string; readonly changedAt: number } {
  try {
    const stats = statSync(`${home}/control/${name}`, { bigint: true })
    return {
      text: `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`,
      changedAt: Number(stats.ctimeMs),
    }
  } catch (error) {
    return { text: errnoOf(error), changedAt: -Infinity }
  }
}

function readAs<T>(home: string, name: string, meaning: (content: ByteString) => T): Result<T | undefined> {
  return readPath(`${home}/control/${name}`, `control/${name}`, meaning)
}

function readPath<T>(
  path: string | Buffer,
  shown: string,
  meaning: (content: ByteString) => T,
): Result<T | undefined> {
  try {
    const content = readWhole(path)
    if (content === undefined) return failed(unreadable(shown, `larger than ${CONTROL_BYTES} bytes`))
    return ok(meaning(byteString(content)))
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? ok(undefined) : failed(unreadable(shown, errorText(error), error))
  }
}

/** Undefined when there is more than the cap. */
function readWhole(path: string | Buffer): Buffer | undefined {
  // A FIFO without a writer must not hold anybody up.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const parts: Buffer[] = []
    for (let bytes = 0; bytes <= CONTROL_BYTES;) {
      const part = Buffer.allocUnsafe(16384)
      const count = readSync(fd, part)
      if (count === 0) return concat(parts)
      parts.push(part.subarray(0, count))
      bytes += count
    }
    return undefined
  } finally {
    closeSync(fd)
  }
}

function unreadable(shown: string, why: string, error?: unknown) {
  return temporary('3.0', 'unable to read controls', new Error(`${shown}: ${why}`, { cause: error }))
}
