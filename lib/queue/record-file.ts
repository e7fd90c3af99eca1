/**
 * One info or channel file while it is written: records are appended through a buffer, then all of it is made durable. Made anew
 * with O_EXCL and mode 0600, as qmail-send makes them. Used by the classic keeper alone.
 */
import { type ByteString, bytesOf } from '../bytes/bytes.ts'
import { ok } from '../failure/failure.ts'
import type { FileSystem, OpenFile } from './filesystem.ts'
import { attempt } from './keeper-failure.ts'
import type { Kept } from './keeper.ts'

const BUFFER_BYTES = 65536
const MODE = 0o600

export class RecordFile {
  readonly #path: string
  readonly #file: OpenFile
  #buffer = ''
  #sizeBytes = 0
  #mtimeSeconds = 0
  #changed = ''

  private constructor(path: string, file: OpenFile) {
    this.#path = path
    this.#file = file
  }

  static async create(fs: FileSystem, path: string): Promise<Kept<RecordFile>> {
    return attempt('create', path, async () => new RecordFile(path, await fs.create(path, MODE)))
  }

  /** The value is the offset of the record in the file. */
  async add(record: ByteString): Promise<Kept<number>> {
    const offset = this.#sizeBytes
    this.#sizeBytes += record.length
    this.#buffer += record
    if (this.#buffer.length < BUFFER_BYTES) return ok(offset)
    const flushed = await this.#flush()
    return flushed.ok ? ok(offset) : flushed
  }

  /** Write the rest and wait until the disk has it. */
  async sync(): Promise<Kept<undefined>> {
    const flushed = await this.#flush()
    if (!flushed.ok) return flushed
    return attempt('fsync', this.#path, async () => {
      await this.#file.sync()
      const { mtimeSeconds, changed } = await this.#file.status()
      this.#mtimeSeconds = mtimeSeconds
      this.#changed = changed
      return undefined
    })
  }

  /** Known after sync. */
  get mtimeSeconds(): number {
    return this.#mtimeSeconds
  }

  /** Known after sync: as long as the file's status says the same, it holds what was added. */
  get changed(): string {
    return this.#changed
  }

  async close(): Promise<void> {
    await this.#file.close().catch(() => {})
  }

  async #flush(): Promise<Kept<undefined>> {
    if (this.#buffer === '') return ok()
    const bytes = bytesOf(this.#buffer)
    this.#buffer = ''
    return attempt('write', this.#path, async () => {
      await this.#file.write(bytes)
      return undefined
    })
  }
}
