/**
 * Which .qmail file decides over an address, and what is in it. The file of the address itself comes first, then the `default`
 * files from the most to the least specific. Trouble with a file that may be there is "later": mail must not
 * be given to another file because a disk is slow today. dot-qmail(5).
 */
import * as fs from 'node:fs'
import { type ByteString, byteString, lowerAscii, pathOf } from '../../lib/bytes/bytes.ts'
import { errnoOf, errorText, isTemporary } from '../../lib/failure/errno.ts'
import { failed, ok, type Result, temporary } from '../../lib/failure/failure.ts'
import { inHome, type Job } from './job.ts'

export interface DotQmail {
  readonly text: ByteString
  /** The owner's x bit: a mailing list, nothing but forwards. */
  readonly forwardOnly: boolean
  /** The part of the extension that `default` stands for, as it was written. */
  readonly matchedDefault: ByteString | undefined
}

/** Some 200,000 forwarding lines; a longer file is "later", and says so. */
export const DOTQMAIL_BYTES = 8 * 1024 * 1024

const DEFAULT = 'default'
/** A file that others may write is nobody's instruction. */
const OTHERS_MAY_WRITE = 0o002
const OWNER_MAY_EXECUTE = 0o100

/** The name of the address's own file, without suffix. Dots become colons, so that no extension leads out of the home. */
export function ownName(job: Job): ByteString {
  return `.qmail${job.dash}${safeExtension(job)}`
}

function safeExtension(job: Job): ByteString {
  return lowerAscii(job.ext).replaceAll('.', ':')
}

/** The file that decides; undefined when there is none. */
export function findDotQmail(job: Job): Result<DotQmail | undefined> {
  for (const { name, matchedDefault } of candidates(job)) {
    const found = readIfThere(job, name)
    if (!found.ok) return found
    if (found.value !== undefined) return ok({ ...found.value, matchedDefault })
  }
  return ok(undefined)
}

interface Candidate {
  readonly name: ByteString
  readonly matchedDefault: ByteString | undefined
}

function* candidates(job: Job): Generator<Candidate, void, void> {
  const extension = safeExtension(job)
  const named = extension.endsWith(DEFAULT) ? job.ext.slice(-DEFAULT.length) : undefined
  yield { name: ownName(job), matchedDefault: named }
  for (let end = extension.length; end >= 0; end -= 1) {
    if (end > 0 && extension[end - 1] !== '-') continue
    const name = `.qmail${job.dash}${extension.slice(0, end)}${DEFAULT}`
    yield { name, matchedDefault: job.ext.slice(end) }
  }
}

function readIfThere(job: Job, name: ByteString): Result<Omit<DotQmail, 'matchedDefault'> | undefined> {
  let fd: number
  try {
    // A FIFO must not be waited for; it is no .qmail file.
    fd = fs.openSync(pathOf(inHome(job, name)), fs.constants.O_RDONLY | fs.constants.O_NONBLOCK)
  } catch (error) {
    if (!isTemporary(error) && !['EPERM', 'EACCES'].includes(errnoOf(error))) return ok(undefined)
    return failed(temporary('3.0', `Unable to open ${name}: ${errorText(error)}.`, error))
  }
  try {
    const stats = fs.fstatSync(fd)
    if (!stats.isFile()) return ok(undefined)
    if ((stats.mode & OTHERS_MAY_WRITE) !== 0) {
      return failed(temporary('7.0', 'Uh-oh: .qmail file is writable.'))
    }
    if (stats.size > DOTQMAIL_BYTES) return failed(temporary('3.0', 'Uh-oh: .qmail file is too big.'))
    const text = byteString(fs.readFileSync(fd))
    return ok({ text, forwardOnly: (stats.mode & OWNER_MAY_EXECUTE) !== 0 })
  } catch (error) {
    return failed(temporary('3.0', `Unable to read ${name}: ${errorText(error)}.`, error))
  } finally {
    fs.closeSync(fd)
  }
}
