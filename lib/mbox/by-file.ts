/**
 * Deliveries to an mbox on the file system, as qmail-local(8) makes them: open to append, flock(2), write, fsync. What
 * could not be written, or not be synced, is cut off again before the lock goes. Only regular files: a FIFO or a device cannot
 * be synced, and opening a FIFO that nobody reads would wait for ever.
 */
import * as fs from 'node:fs'
import { type ByteString, byteString, concat, pathOf } from '../bytes/bytes.ts'
import { errnoOf, errorText } from '../failure/errno.ts'
import { type Failure, failed, ok, temporary } from '../failure/failure.ts'
import { lockWithin } from '../lock/by-flock.ts'
import type { DeliverToMbox, MboxDelivery } from './mbox.ts'
import { quoting } from './quote.ts'

const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = fs.constants
const APPEND = O_WRONLY | O_APPEND | O_NONBLOCK

/** A mailbox that is replaced under our hands this often is not worth waiting for now. */
const OPENS_TRIED = 10

/** Trouble with a text of its own. */
class Trouble extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.text)
    this.failure = failure
  }
}

export const deliverToMbox: DeliverToMbox = async (delivery) => {
  let mailbox: Mailbox | undefined
  try {
    mailbox = await openLocked(delivery)
    await append(mailbox, delivery)
    return ok()
  } catch (error) {
    if (error instanceof Trouble) return failed(error.failure)
    return failed(temporary('3.0', `Unable to write ${delivery.name}: ${errorText(error)}.`, error))
  } finally {
    if (mailbox !== undefined) fs.closeSync(mailbox.fd)
  }
}

interface Mailbox {
  readonly fd: number
  /** False where the file cannot be locked at all: then it is written without, and never cut. */
  readonly isLocked: boolean
  readonly isNew: boolean
}

/**
 * While we waited for the lock its holder may have put another file in place of this one, as maildir2mbox does: what is
 * written to the old file is lost. So the name is looked up again under the lock.
 */
async function openLocked(delivery: MboxDelivery): Promise<Mailbox> {
  for (let tried = 0; tried < OPENS_TRIED; tried += 1) {
    const mailbox = await openAndLock(delivery)
    if (!mailbox.isLocked || isStillThere(mailbox.fd, delivery.path)) return mailbox
    fs.closeSync(mailbox.fd)
  }
  throw new Trouble(temporary('2.1', `Unable to open ${delivery.name}: temporary failure.`))
}

async function openAndLock(delivery: MboxDelivery): Promise<Mailbox> {
  const { fd, isNew } = open(delivery)
  try {
    if (!(await lockWithin(fd, delivery.lockSeconds))) {
      const text = `File has been locked for ${delivery.lockSeconds} seconds straight.`
      throw new Trouble(temporary('3.0', text))
    }
    return { fd, isNew, isLocked: true }
  } catch (error) {
    if (!(error instanceof Trouble)) return { fd, isNew, isLocked: false }
    fs.closeSync(fd)
    throw error
  }
}

function open({ path, name }: MboxDelivery): { fd: number; isNew: boolean } {
  try {
    const opened = openOrCreate(pathOf(path))
    if (fs.fstatSync(opened.fd).isFile()) return opened
    fs.closeSync(opened.fd)
  } catch (error) {
    // ENXIO: a FIFO without a reader, or a socket.
    if (errnoOf(error) !== 'ENXIO') {
      throw new Trouble(temporary('2.1', `Unable to open ${name}: ${errorText(error)}.`, error))
    }
  }
  throw new Trouble(temporary('2.1', `Unable to open ${name}: not a regular file.`))
}

function openOrCreate(path: string | Buffer): { fd: number; isNew: boolean } {
  try {
    return { fd: fs.openSync(path, APPEND), isNew: false }
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
  return { fd: fs.openSync(path, APPEND | O_CREAT, 0o600), isNew: true }
}

function isStillThere(fd: number, path: ByteString): boolean {
  const ours = fs.fstatSync(fd, { bigint: true })
  const named = fs.statSync(pathOf(path), { bigint: true, throwIfNoEntry: false })
  return named !== undefined && named.ino === ours.ino && named.dev === ours.dev
}

async function append(mailbox: Mailbox, delivery: MboxDelivery): Promise<void> {
  const sizeBytes = fs.fstatSync(mailbox.fd).size
  try {
    write(mailbox.fd, [delivery.head])
    const body = quoting()
    for await (const chunk of reading(delivery.message)) write(mailbox.fd, body.push(chunk))
    write(mailbox.fd, body.end())
    await sync(mailbox.fd)
    if (mailbox.isNew) await syncDirectoryOf(delivery.path)
  } catch (error) {
    // Without the lock the end of the file may already be somebody else's.
    if (mailbox.isLocked) truncate(mailbox.fd, sizeBytes)
    throw error
  }
}

function truncate(fd: number, sizeBytes: number): void {
  try {
    fs.ftruncateSync(fd, sizeBytes)
  } catch {
    // The first error is the one to tell.
  }
}

async function* reading(message: MboxDelivery['message']): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* message
  } catch (error) {
    throw new Trouble(temporary('3.0', `Unable to read message: ${errorText(error)}.`, error))
  }
}

function write(fd: number, parts: readonly Uint8Array[]): void {
  const bytes = concat(parts)
  for (let written = 0; written < bytes.length;) written += fs.writeSync(fd, bytes, written)
}

function sync(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(fd, (error) => (error ? reject(error) : resolve()))
  })
}

/** The directory that holds the file itself, where the name is a symbolic link. */
async function syncDirectoryOf(path: ByteString): Promise<void> {
  const file = byteString(fs.realpathSync.native(pathOf(path), { encoding: 'buffer' }))
  const fd = fs.openSync(pathOf(file.slice(0, file.lastIndexOf('/') + 1)), 'r')
  try {
    await sync(fd)
  } finally {
    fs.closeSync(fd)
  }
}
