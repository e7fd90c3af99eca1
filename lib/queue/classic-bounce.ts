/**
 * bounce/N in qmail's directories: paragraphs in the order in which recipients failed. A paragraph is on disk, and the file's entry
 * in bounce/, before its recipient may be marked done; qmail-send itself trusts the system here, we do not (design, fsync).
 */
import { type ByteString, bytesOf } from '../bytes/bytes.ts'
import { readChunks } from './chunks.ts'
import type { FileSystem, OpenFile } from './filesystem.ts'
import { attempt, attemptIfThere } from './keeper-failure.ts'
import type { BounceKeeper } from './keeper.ts'
import { bouncePath, type MessageNumber } from './paths.ts'

const MODE = 0o600

/** How much of a paragraph a full disk let through. */
interface Torn {
  readonly paragraph: ByteString
  readonly writtenBytes: number
}

export function classicBounces(fs: FileSystem): BounceKeeper {
  const torn = new Map<MessageNumber, Torn>()

  return {
    append(number, paragraph) {
      const path = bouncePath(number)
      return attempt('write', path, async () => {
        const begun = torn.get(number)
        // It will be tried again, and nothing may come in between.
        if (begun !== undefined && begun.paragraph !== paragraph) throw new Error('a paragraph is unfinished')
        const file = await fs.open(path, 'append', MODE)
        try {
          await appendRest(file, paragraph, begun?.writtenBytes ?? 0, (rest) => torn.set(number, rest))
          torn.delete(number)
          await file.sync()
        } finally {
          await file.close()
        }
        await fs.syncDirectory('bounce')
        return undefined
      })
    },

    async sizeBytes(number) {
      const path = bouncePath(number)
      return attemptIfThere('stat', path, async () => (await fs.stat(path)).sizeBytes)
    },

    read: (number) => readChunks(fs, bouncePath(number)),
    remove: (number) =>
      attempt('unlink', bouncePath(number), async () => void (await fs.unlink(bouncePath(number)))),
    file: bouncePath,
  }
}

async function appendRest(
  file: OpenFile,
  paragraph: ByteString,
  writtenBytes: number,
  tell: (torn: Torn) => void,
): Promise<void> {
  const { sizeBytes } = await file.status()
  try {
    await file.write(bytesOf(paragraph).subarray(writtenBytes))
  } catch (error) {
    const { sizeBytes: reached } = await file.status()
    tell({ paragraph, writtenBytes: writtenBytes + reached - sizeBytes })
    throw error
  }
}
