/**
 * Marking recipients done: the letter of a record is overwritten in its place, one byte, which no crash can tear. qmail-send marks one
 * when its delivery is over; a queue tool marks all that are left, through one open file: the name may belong to another message by
 * the time that the last one is marked. INTERNALS §3. Used by the classic keeper alone.
 */
import type { ChannelRecord } from '../envelope/record.ts'
import { ok } from '../failure/failure.ts'
import { ChannelReader } from './channel-reader.ts'
import { openChunks } from './chunks.ts'
import type { FileSystem, OpenFile } from './filesystem.ts'
import { attempt } from './keeper-failure.ts'
import type { Kept } from './keeper.ts'

const DONE = Buffer.from('D')

export function markDone(fs: FileSystem, path: string, offset: number): Promise<Kept<undefined>> {
  return attempt('mark', path, async () => {
    const file = await fs.open(path, 'write')
    try {
      await file.writeAt(DONE, offset)
    } finally {
      await file.close()
    }
    return undefined
  })
}

export async function markAllDone(
  fs: FileSystem,
  path: string,
  before: (recipients: readonly ChannelRecord[]) => Promise<Kept<undefined>>,
): Promise<Kept<number>> {
  const opened = await attempt('open', path, () => openBoth(fs, path))
  if (!opened.ok) return opened
  const { file, reader } = opened.value
  try {
    return await markThrough(file, reader, path, before)
  } finally {
    await reader.close()
    await file.close().catch(() => {})
  }
}

interface Both {
  readonly file: OpenFile
  readonly reader: ChannelReader
}

/** The same file for writing and for reading. */
async function openBoth(fs: FileSystem, path: string): Promise<Both> {
  const file = await fs.open(path, 'write')
  try {
    const { inode } = await file.status()
    const chunks = await openChunks(fs, path)
    if ((await fs.stat(path)).inode === inode) return { file, reader: new ChannelReader(path, chunks) }
    await chunks.close()
    throw new Error('another file')
  } catch (error) {
    await file.close()
    throw error
  }
}

async function markThrough(
  file: OpenFile,
  reader: ChannelReader,
  path: string,
  before: (recipients: readonly ChannelRecord[]) => Promise<Kept<undefined>>,
): Promise<Kept<number>> {
  let marked = 0
  for (;;) {
    const records = await reader.read()
    if (!records.ok) return records
    if (records.value === undefined) break
    const left = records.value.filter(({ isDone }) => !isDone)
    const told = left.length === 0 ? ok() : await before(left)
    if (!told.ok) return told
    const written = await attempt('mark', path, async () => {
      for (const { offset } of left) await file.writeAt(DONE, offset)
    })
    if (!written.ok) return written
    marked += left.length
  }
  const synced = await attempt('fsync', path, () => file.sync())
  return synced.ok ? ok(marked) : synced
}
