/**
 * The writer's side of the queue store: a message on its way in. qmail's order, which every other program of the queue relies on:
 * a file in pid/ gives the inode, the inode is the message's number; message, fsync; envelope in intd/, fsync; a link
 * in todo/, and an fsync of todo/: only then is success said. qmail-queue(8), INTERNALS §3. The second implementation (a
 * journal) will stand behind the same interface.
 */
import type { FileSystem, OpenFile } from './filesystem.ts'
import { exit, queueFailure, type QueueFailure } from './exitcode.ts'
import { failed, ok, type Result } from '../failure/failure.ts'
import { intdPath, messPath, type MessageNumber, todoPath } from './paths.ts'

export interface QueueWriter {
  open(): Promise<Result<Draft, QueueFailure>>
}

export interface Draft {
  readonly number: MessageNumber
  writeMessage(...parts: readonly Uint8Array[]): Promise<Result<undefined, QueueFailure>>
  /** The first call ends the message. */
  writeEnvelope(...parts: readonly Uint8Array[]): Promise<Result<undefined, QueueFailure>>
  /**
   * Write the envelope's file anew, from what it has so far: `fill` reads the old one at any position and writes the new one. The
   * message is not queued yet, so nobody has seen the old one. After a failure only discard() or abandon() may follow.
   */
  rewriteEnvelope(fill: Refill): Promise<Result<undefined, QueueFailure>>
  /** On success the message is queued, for certain and for everybody. */
  commit(): Promise<Result<undefined, QueueFailure>>
  /** Remove what was made. */
  discard(): Promise<void>
  /** Leave what was made to the sweeper, as qmail-queue does after some failures; only close. */
  abandon(): Promise<void>
}

export type Refill = (
  old: Pick<OpenFile, 'readAt'>,
  write: (...parts: readonly Uint8Array[]) => Promise<void>,
) => Promise<void>

/** Names in pid/ tried before giving up, as many as qmail-queue tries. */
const TRIES = 9
const MODE = 0o644

export interface Naming {
  /** What distinguishes this process among all that write the queue. */
  readonly pid: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Told after a commit: send has something to do. */
  readonly trigger: () => void
  /**
   * When the message file is synced: `before` the envelope file is made, in qmail-queue's order, or `beside` the envelope file, so that
   * both wait for the same commit of the file system's journal. Either way both are on disk before todo/ has the link.
   * Many at once are a third faster beside, if there are threads for twice as many syncs.
   */
  readonly messageSync: 'before' | 'beside'
}

export function classicWriter(fs: FileSystem, naming: Naming): QueueWriter {
  let serial = 0
  return {
    async open() {
      for (let attempt = 1; ; attempt++) {
        const path = `pid/${naming.pid}.${Math.floor(naming.now() / 1000)}.${++serial}`
        let file: OpenFile
        try {
          file = await fs.create(path, MODE)
        } catch (error) {
          if (attempt < TRIES) continue
          return failed(queueFailure(exit.pidFile, error))
        }
        return moveToMess(fs, path, file, naming)
      }
    },
  }
}

async function moveToMess(
  fs: FileSystem,
  path: string,
  file: OpenFile,
  naming: Naming,
): Promise<Result<Draft, QueueFailure>> {
  let code: number = exit.pidFile
  try {
    const { inode } = await file.status()
    code = exit.linkToMess
    await fs.link(path, messPath(inode))
    code = exit.pidFile
    await fs.unlink(path)
    return ok(classicDraft(fs, inode, file, naming))
  } catch (error) {
    await closeQuietly(file)
    return failed(queueFailure(code, error))
  }
}

function classicDraft(fs: FileSystem, number: MessageNumber, mess: OpenFile, naming: Naming): Draft {
  const { trigger, messageSync } = naming
  let messOpen = true
  let messSync: Promise<void> | undefined
  let intd: OpenFile | undefined

  const closeMess = async (): Promise<void> => {
    if (!messOpen) return
    messOpen = false
    await mess.close()
  }

  const endMessage = async (): Promise<Result<OpenFile, QueueFailure>> => {
    let code: number = exit.writeError
    try {
      messSync = mess.sync()
      // Its failure is for commit(); until then nobody may be waiting for it.
      messSync.catch(() => {})
      if (messageSync === 'before') await messSync
      code = exit.createIntd
      return ok(await fs.create(intdPath(number), MODE))
    } catch (error) {
      return failed(queueFailure(code, error))
    }
  }

  return {
    number,
    writeMessage: (...parts) => attempt(exit.writeError, () => mess.write(...parts)),
    async writeEnvelope(...parts) {
      if (intd === undefined) {
        const created = await endMessage()
        if (!created.ok) return created
        intd = created.value
      }
      const file = intd
      return attempt(exit.writeError, () => file.write(...parts))
    },
    async rewriteEnvelope(fill) {
      const written = intd
      if (written === undefined) return failed(queueFailure(exit.readError, 'no envelope'))
      let code: number = exit.createIntd
      let old: OpenFile | undefined
      try {
        old = await fs.open(intdPath(number), 'read')
        await fs.unlink(intdPath(number))
        intd = undefined
        const file = await fs.create(intdPath(number), MODE)
        intd = file
        code = exit.writeError
        await fill(old, (...parts) => file.write(...parts))
        return ok()
      } catch (error) {
        return failed(queueFailure(code, error))
      } finally {
        if (intd !== written) await closeQuietly(written)
        if (old !== undefined) await closeQuietly(old)
      }
    },
    async commit() {
      const file = intd
      if (file === undefined) return failed(queueFailure(exit.readError, 'no envelope'))
      let code: number = exit.writeError
      try {
        await file.sync()
        await file.close()
        intd = undefined
        code = exit.linkToTodo
        await fs.link(intdPath(number), todoPath(number))
        await syncTodo(fs, number)
      } catch (error) {
        return failed(queueFailure(code, error))
      }
      trigger()
      return ok()
    },
    async discard() {
      if (intd !== undefined) {
        await truncateQuietly(intd)
        await closeQuietly(intd)
        await unlinkQuietly(fs, intdPath(number))
      }
      if (messOpen) await truncateQuietly(mess)
      await closeMess().catch(() => {})
      await unlinkQuietly(fs, messPath(number))
    },
    async abandon() {
      if (intd !== undefined) await closeQuietly(intd)
      await closeMess().catch(() => {})
    },
  }
}

/** What may not survive a power loss is not queued: without a sync the link goes away again, before failure is said. */
async function syncTodo(fs: FileSystem, number: MessageNumber): Promise<void> {
  try {
    await fs.syncDirectory('todo')
  } catch (error) {
    await unlinkQuietly(fs, todoPath(number))
    throw error
  }
}

async function attempt(code: number, act: () => Promise<void>): Promise<Result<undefined, QueueFailure>> {
  try {
    await act()
    return ok()
  } catch (error) {
    return failed(queueFailure(code, error))
  }
}

// What cannot be removed is litter of state S2 or S3: the sweeper takes it after 36 hours.
async function unlinkQuietly(fs: FileSystem, path: string): Promise<void> {
  await fs.unlink(path).catch(() => {})
}

async function truncateQuietly(file: OpenFile): Promise<void> {
  await file.truncate().catch(() => {})
}

async function closeQuietly(file: OpenFile): Promise<void> {
  await file.close().catch(() => {})
}
