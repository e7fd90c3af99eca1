/**
 * An envelope in todo, record by record, for those who only look: a queue tool shows who a message is for before send has taken it up.
 * Used by the classic keeper alone.
 */
import { RecordReader, type StoredRecord } from '../envelope/record.ts'
import { ok } from '../failure/failure.ts'
import { type ChunkReader, openChunks } from './chunks.ts'
import type { FileSystem } from './filesystem.ts'
import { attempt } from './keeper-failure.ts'
import type { Kept, WaitingEnvelope } from './keeper.ts'

export function openEnvelope(fs: FileSystem, path: string): Promise<Kept<WaitingEnvelope>> {
  return attempt('open', path, async () => {
    const { mtimeSeconds } = await fs.stat(path)
    const chunks = await openChunks(fs, path)
    return {
      queuedSeconds: mtimeSeconds,
      read: readerOver(chunks, path),
      close: () => chunks.close().catch(() => {}),
    }
  })
}

function readerOver(chunks: ChunkReader, path: string): WaitingEnvelope['read'] {
  const reader = new RecordReader()
  return async () => {
    for (;;) {
      const chunk = await attempt('read', path, () => chunks.read())
      if (!chunk.ok) return chunk
      if (chunk.value === undefined) return ok(undefined)
      const records: readonly StoredRecord[] = reader.receive(chunk.value)
      if (records.length > 0) return ok(records)
    }
  }
}
