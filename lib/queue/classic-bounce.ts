/**
 * bounce/N in qmail's directories: paragraphs in the order in which recipients failed. A paragraph is on disk, and the file's entry
 * in bounce/, before its recipient may be marked done; qmail-send itself trusts the system here, we do not (design, fsync).
 */
import { bytesOf } from '../bytes/bytes.ts'
import { readChunks } from './chunks.ts'
import type { FileSystem, OpenFile } from './filesystem.ts'
import { attempt, attemptIfThere } from './keeper-failure.ts'
import type { BounceKeeper } from './keeper.ts'
import { bouncePath, type MessageNumber } from './paths.ts'

const MODE = 0o600

export function classicBounces(fs: FileSystem): BounceKeeper {
  /** How much of a paragraph a full disk let through: the next attempt goes on there. */
  const torn = new Map<MessageNumber, number>()

  return {
    append(number, paragraph) {
      const path = bouncePath(number)
      return attempt('write', path, async () => {
        const file = await fs.open(path, 'append', MODE)
        try {
          await appendWhole(file, bytesOf(paragraph), torn, number)
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

async function appendWhole(
  file: OpenFile,
  paragraph: Uint8Array,
  torn: Map<MessageNumber, number>,
  number: MessageNumber,
): Promise<void> {
  const written = torn.get(number) ?? 0
  const { sizeBytes } = await file.status()
  try {
    await file.write(paragraph.subarray(written))
    torn.delete(number)
  } catch (error) {
    const { sizeBytes: reached } = await file.status()
    torn.set(number, written + reached - sizeBytes)
    throw error
  }
}
