/**
 * Deliveries to Maildirs on the file system, in qmail's order (qmail-local(8), maildir(5)): a file in tmp/, written and synced; a link to it
 * in new/; that directory synced; the name in tmp/ removed. Success is said after the last sync, and a failure leaves
 * nothing behind. Calls that only touch memory of the kernel are made directly; what waits for the disk goes to
 * the thread pool, so that many deliveries share one commit of the file system's journal.
 */
import * as fs from 'node:fs'
import { type ByteString, pathOf } from '../bytes/bytes.ts'
import { errnoOf, isTemporary } from '../failure/errno.ts'
import { type Failure, failed, ok, temporary } from '../failure/failure.ts'
import type { DeliverToMaildir, MaildirDelivery } from './maildir.ts'
import { type NameSource, uniqueNames } from './name.ts'

export interface MaildirSource extends NameSource {
  /** Make the names in a directory durable. Whoever delivers many at once gives one that groups them. */
  readonly syncDirectory?: (path: ByteString) => Promise<void>
}

/** qmail tries three names before it gives up. */
const NAMES_TRIED = 3

class UnreadableMessage extends Error {}

/** One of these for a process: it keeps the names apart. */
export function maildirs(source: MaildirSource): DeliverToMaildir {
  const nextName = uniqueNames(source)
  const syncDirectory = source.syncDirectory ?? syncOneDirectory
  return async (delivery) => {
    try {
      const file = createInTmp(delivery.directory, nextName)
      await orAborted(delivery.signal, () => remove(file), store(file, delivery, syncDirectory))
      return ok(file.name)
    } catch (error) {
      return failed(explain(error, delivery))
    }
  }
}

interface NewFile {
  readonly fd: number
  readonly name: ByteString
  readonly tmp: ByteString
  readonly new: ByteString
  /** Only then is the name in new/ ours to remove. */
  isLinked: boolean
}

function createInTmp(directory: ByteString, nextName: () => ByteString): NewFile {
  for (let tried = 1; ; tried += 1) {
    const name = nextName()
    const tmp = `${directory}/tmp/${name}`
    try {
      const fd = fs.openSync(pathOf(tmp), 'wx', 0o600)
      return { fd, name, tmp, new: `${directory}/new/${name}`, isLinked: false }
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST' || tried === NAMES_TRIED) throw error
    }
  }
}

async function store(
  file: NewFile,
  { bytes, directory, signal }: MaildirDelivery,
  syncDirectory: (path: ByteString) => Promise<void>,
): Promise<void> {
  try {
    try {
      await fill(file.fd, bytes, signal)
    } finally {
      fs.closeSync(file.fd)
    }
    signal.throwIfAborted()
    fs.linkSync(pathOf(file.tmp), pathOf(file.new))
    file.isLinked = true
    await syncDirectory(`${directory}/new`)
    signal.throwIfAborted()
  } catch (error) {
    // Also from new/: what is reported as failed comes again, and a reader should not see it twice.
    remove(file)
    throw error
  }
  removeName(file.tmp)
}

async function fill(fd: number, bytes: MaildirDelivery['bytes'], signal: AbortSignal): Promise<void> {
  for await (const chunk of reading(bytes)) {
    signal.throwIfAborted()
    for (let written = 0; written < chunk.length;) written += fs.writeSync(fd, chunk, written)
  }
  await syncDescriptor(fd)
}

async function* reading(bytes: MaildirDelivery['bytes']): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* bytes
  } catch (error) {
    throw new UnreadableMessage('', { cause: error })
  }
}

function remove(file: NewFile): void {
  removeName(file.tmp)
  if (file.isLinked) removeName(file.new)
}

function removeName(path: ByteString): void {
  try {
    fs.unlinkSync(pathOf(path))
  } catch {
    // Gone already, or a disk in trouble: readers of Maildirs clear tmp/ after 36 hours.
  }
}

function syncDescriptor(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(fd, (error) => (error ? reject(error) : resolve()))
  })
}

async function syncOneDirectory(path: ByteString): Promise<void> {
  const fd = fs.openSync(pathOf(path), 'r')
  try {
    await syncDescriptor(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** The work, or the signal's reason as soon as it comes: a disk that hangs must not keep the answer. */
function orAborted<T>(signal: AbortSignal, abandon: () => void, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      abandon()
      reject(signal.reason)
    }
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** qmail's words for it. That the directory is no Maildir is found out late: a good delivery need not ask. */
function explain(error: unknown, { directory, signal }: MaildirDelivery): Failure {
  if (signal.aborted) return temporary('3.0', 'Timeout on maildir delivery.', error)
  if (error instanceof UnreadableMessage) return temporary('3.0', 'Unable to read message.', error.cause)
  try {
    fs.statSync(pathOf(`${directory}/.`))
  } catch (trouble) {
    if (!isTemporary(trouble)) return temporary('2.1', 'Unable to chdir to maildir.', trouble)
  }
  return temporary('3.0', 'Temporary error on maildir delivery.', error)
}
