/**
 * The one line format of jsmail's own events, on descriptor 2 and in the trace (send's log lines are qmail's and are made in
 * src/send). A line is fields between single spaces: program, pid, event, then name=value. In a value every byte
 * outside 33..126, and `%`, is written %XX, so a line can be cut at its spaces and read back without loss.
 *
 *   smtpd 4711 refuse ip=192.0.2.7 code=553 rcpt=joe%20doe@example.org
 *
 * Never in a line: message bytes, passwords, AUTH exchanges.
 */
import { byteOf, type ByteString, bytesOf } from '../bytes/bytes.ts'
import { closeSync, openSync, writeSync, constants } from 'node:fs'

export type Fields = Readonly<Record<string, ByteString | number | undefined>>
export type Log = (event: string, fields?: Fields) => void

/** A value longer than this is cut: one event stays one write of a pipe (PIPE_BUF). */
const VALUE_BYTES = 1000
const LINE_BYTES = 4000

export function formatEvent(program: string, pid: number, event: string, fields: Fields = {}): string {
  let line = `${program} ${pid} ${event}`
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${name}=${encode(String(value))}`
  }
  return `${line.slice(0, LINE_BYTES)}\n`
}

function encode(value: ByteString): string {
  return value
    .slice(0, VALUE_BYTES)
    .replace(/[^!-$&-~]/g, (byte) => `%${byteOf(byte).toString(16).toUpperCase().padStart(2, '0')}`)
}

/** Events as lines on a descriptor. What cannot be written is lost: a full log never stops mail. */
export function logTo(fd: number, program: string, pid: number): Log {
  return (event, fields) => writeQuietly(fd, formatEvent(program, pid, event, fields))
}

/**
 * Events as lines in HOME/trace/<uid>, each with its time in milliseconds in front: what `jsmail why` reads. The installer
 * makes one file for each user of the suite; where there is none, nothing is traced.
 */
export function traceTo(home: string, uid: number, program: string, pid: number, now: () => number): Log {
  let fd: number | undefined
  let missing = false
  return (event, fields) => {
    if (missing) return
    try {
      fd ??= openSync(`${home}/trace/${uid}`, constants.O_WRONLY | constants.O_APPEND)
    } catch {
      missing = true
      return
    }
    if (!writeQuietly(fd, `${now()} ${formatEvent(program, pid, event, fields)}`)) {
      closeSync(fd)
      missing = true
    }
  }
}

function writeQuietly(fd: number, line: string): boolean {
  try {
    writeSync(fd, bytesOf(line))
    return true
  } catch {
    return false
  }
}
