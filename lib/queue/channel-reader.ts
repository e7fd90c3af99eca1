/**
 * The recipients of a channel file in order, a buffer of the file at a time. A record that is none ends the reading: what stands behind
 * it cannot be trusted. Used by the classic keeper alone.
 */
import { type ChannelRecord, channelRecord, RecordReader } from '../envelope/record.ts'
import { failed, ok } from '../failure/failure.ts'
import type { ChunkReader } from './chunks.ts'
import { attempt, keeperFailure } from './keeper-failure.ts'
import type { Kept, RecipientReader } from './keeper.ts'

/** What the keeper knows already. */
export function readerOf(records: readonly ChannelRecord[]): RecipientReader {
  let isRead = false
  return {
    async read() {
      if (isRead || records.length === 0) return ok(undefined)
      isRead = true
      return ok(records)
    },
    close: async () => {},
  }
}

export class ChannelReader implements RecipientReader {
  readonly #path: string
  readonly #chunks: ChunkReader
  readonly #records = new RecordReader()
  #isDamaged = false

  constructor(path: string, chunks: ChunkReader) {
    this.#path = path
    this.#chunks = chunks
  }

  async read(): Promise<Kept<readonly ChannelRecord[] | undefined>> {
    while (!this.#isDamaged) {
      const chunk = await attempt('read', this.#path, () => this.#chunks.read())
      if (!chunk.ok) return chunk
      if (chunk.value === undefined) return ok(undefined)
      const found = this.#parse(chunk.value)
      if (found.length > 0) return ok(found)
    }
    return failed(keeperFailure('parse', this.#path, undefined))
  }

  async close(): Promise<void> {
    await this.#chunks.close().catch(() => {})
  }

  #parse(chunk: Uint8Array): ChannelRecord[] {
    const found: ChannelRecord[] = []
    for (const record of this.#records.receive(chunk)) {
      const recipient = channelRecord(record)
      if (recipient === undefined) {
        this.#isDamaged = true
        break
      }
      found.push(recipient)
    }
    return found
  }
}
