/**
 * Reading and writing the descriptors that a program was started with. They may be pipes, sockets, terminals or files,
 * blocking or not, and no single call of the runtime serves all of them: a file by readSync, everything else through the
 * event loop (a blocking read would keep signals and timers from running, and the runtime from ending).
 */
import { fstatSync, readSync, writeSync, type Stats } from 'node:fs'
import type { Socket } from 'node:net'

import type { Readable } from 'node:stream'
import { errnoOf } from '../failure/errno.ts'

const CHUNK_BYTES = 65536

/** What was given as this descriptor; `closed` when nothing. */
export type Kind = 'file' | 'pipe' | 'socket' | 'terminal' | 'other' | 'closed'

export function kindOf(fd: number): Kind {
  let stats: Stats
  try {
    stats = fstatSync(fd)
  } catch {
    return 'closed'
  }
  if (stats.isFIFO()) return 'pipe'
  if (stats.isSocket()) return 'socket'
  if (stats.isFile()) return 'file'
  // /dev/null and its like answer at once; a terminal does not.
  if (stats.isCharacterDevice() && stats.rdev >> 8 !== 1) return 'terminal'
  return 'other'
}

/** All that the descriptor yields until its end, in chunks. Read errors are thrown. */
export async function* readDescriptor(fd: number): AsyncGenerator<Buffer, void, void> {
  const stream = await streamOf(fd)
  if (stream === undefined) {
    yield* readFileDescriptor(fd)
    return
  }
  try {
    for await (const chunk of stream) yield chunk as Buffer
  } finally {
    stream.destroy()
  }
}

async function streamOf(fd: number): Promise<Readable | undefined> {
  switch (kindOf(fd)) {
    case 'pipe':
    case 'socket':
      return new (await import('node:net')).Socket({ fd, readable: true, writable: false })
    case 'terminal':
      return new (await import('node:tty')).ReadStream(fd)
    default:
      return undefined
  }
}

function* readFileDescriptor(fd: number): Generator<Buffer, void, void> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    const count = readSync(fd, chunk, 0, CHUNK_BYTES, null)
    if (count === 0) return
    yield chunk.subarray(0, count)
  }
}

/**
 * The descriptor beneath a connected socket, for SO_PEERCRED. The runtime has no public way to ask; should it ever hide
 * this field, the answer is undefined and callers refuse.
 */
export function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: number } | null }
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined
}

const pause = new Int32Array(new SharedArrayBuffer(4))

/** Write all of it, now. For the short outputs of one-shot programs; waits where the descriptor is not ready. */
export function writeDescriptor(fd: number, bytes: Uint8Array): void {
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written)
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error
      Atomics.wait(pause, 0, 0, 5)
    }
  }
}
