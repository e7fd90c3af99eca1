/**
 * The message that is being delivered: read as often as there are instructions, always from its first byte.
 */
import { fstatSync, readSync } from 'node:fs'

export interface Message {
  /** Each call begins anew. Errors of reading are thrown. */
  chunks(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>
}

const CHUNK_BYTES = 65_536

/**
 * The regular file open on this descriptor. It is read by position, so that the descriptor's own offset stays what programs
 * make of it; what cannot be read so (a pipe) is an error of reading, ESPIPE.
 */
export function messageOn(fd: number): Message {
  return {
    *chunks() {
      const room = Math.min(CHUNK_BYTES, fstatSync(fd).size + 1)
      for (let position = 0; ;) {
        const chunk = Buffer.allocUnsafe(room)
        const count = readSync(fd, chunk, 0, chunk.length, position)
        if (count === 0) return
        position += count
        yield chunk.subarray(0, count)
      }
    },
  }
}

/** The head, then the message: what a Maildir or the queue gets. */
export async function* withHead(head: Uint8Array, message: Message): AsyncGenerator<Uint8Array, void, void> {
  yield head
  yield* message.chunks()
}
