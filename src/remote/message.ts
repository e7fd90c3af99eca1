/**
 * The message on descriptor 0, from where the descriptor stands. It is read once, as it comes; a regular file can be gone through
 * before that, by position, so that the descriptor stays where it is.
 */
import { isAscii } from 'node:buffer'
import { fstatSync, readFileSync, readSync } from 'node:fs'
import { readDescriptor } from '../../lib/program/descriptor.ts'

export interface Message {
  /** To be called once. Errors of reading are thrown. */
  chunks(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>
  /** What MAIL can say of the message; undefined when it can be read once only. Errors of reading are thrown. */
  survey(): Survey | undefined
}

export interface Survey {
  /** With CRLF line ends, without doubled dots and the final dot (RFC 1870 §3). */
  readonly sizeBytes: number
  readonly is8bit: boolean
}

const CHUNK_BYTES = 65_536

export function messageOn(fd: number): Message {
  const isFile = fstatSync(fd).isFile()
  return {
    chunks: () => (isFile ? chunksOf(fd, null) : readDescriptor(fd)),
    survey: () => (isFile ? surveyOf(chunksOf(fd, positionOf(fd))) : undefined),
  }
}

/** Where the next read(2) would begin; the runtime has no lseek(2). */
function positionOf(fd: number): number {
  try {
    return Number(/^pos:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** From `start` by position, or from where the descriptor stands, which moves it. */
function* chunksOf(fd: number, start: number | null): Generator<Buffer, void, void> {
  // One byte more than there is shows the end at the first read.
  const room = Math.min(CHUNK_BYTES, fstatSync(fd).size + 1)
  for (let position = start; ;) {
    const chunk = Buffer.allocUnsafe(room)
    const count = readSync(fd, chunk, 0, chunk.length, position)
    if (count === 0) return
    if (position !== null) position += count
    yield chunk.subarray(0, count)
  }
}

export function surveyOf(chunks: Iterable<Buffer>): Survey {
  let sizeBytes = 0
  let is8bit = false
  let endedInCr = false
  for (const chunk of chunks) {
    is8bit ||= !isAscii(chunk)
    const pairs = count(chunk, '\r\n') + (endedInCr && chunk[0] === 10 ? 1 : 0)
    // Every LF and every CR becomes two bytes, but those of a CRLF are two already.
    sizeBytes += chunk.length + count(chunk, '\n') + count(chunk, '\r') - 2 * pairs
    endedInCr = chunk.at(-1) === 13
  }
  return { sizeBytes, is8bit }
}

function count(chunk: Buffer, what: string): number {
  let found = 0
  for (let at = chunk.indexOf(what); at !== -1; at = chunk.indexOf(what, at + what.length)) found += 1
  return found
}
