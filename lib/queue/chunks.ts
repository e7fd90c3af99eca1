/**
 * An open file of the queue read from front to end, a buffer at a time. The length is asked once: these files do not grow while
 * they are read, and a read that finds the end costs as much as one that finds bytes. Used by the classic keeper alone.
 */
import type { FileSystem, OpenFile } from './filesystem.ts'

const CHUNK_BYTES = 65536

export class ChunkReader {
  readonly #file: OpenFile
  readonly #sizeBytes: number
  #position = 0

  /** `sizeBytes` of the file, as its status says. */
  constructor(file: OpenFile, sizeBytes: number) {
    this.#file = file
    this.#sizeBytes = sizeBytes
  }

  /** Undefined at the end. */
  async read(): Promise<Uint8Array | undefined> {
    const left = this.#sizeBytes - this.#position
    if (left <= 0) return undefined
    const chunk = Buffer.allocUnsafe(Math.min(left, CHUNK_BYTES))
    const count = await this.#file.readAt(chunk, this.#position)
    if (count === 0) return undefined
    this.#position += count
    return chunk.subarray(0, count)
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

export async function openChunks(fs: FileSystem, path: string): Promise<ChunkReader> {
  const file = await fs.open(path, 'read')
  return new ChunkReader(file, (await file.status()).sizeBytes)
}

/** The whole file in chunks, opened at the first and closed after the last. */
export async function* readChunks(fs: FileSystem, path: string): AsyncGenerator<Uint8Array, void, void> {
  const chunks = await openChunks(fs, path)
  try {
    for (let chunk = await chunks.read(); chunk !== undefined; chunk = await chunks.read()) yield chunk
  } finally {
    await chunks.close()
  }
}
