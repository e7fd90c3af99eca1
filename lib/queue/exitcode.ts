/**
 * The exit codes of qmail-queue and what their callers make of them, once, for both directions: src/queue encodes a
 * failure as its code, by-exec.ts and by-socket.ts decode a code into the failure. qmail-queue(8), EXIT CODES.
 */
import type { ByteString } from '../bytes/bytes.ts'
import { type Failure, permanent, status, temporary } from '../failure/failure.ts'

export interface QueueFailure extends Failure {
  readonly code: number
  /** The queue program gave the whole text itself (code 82 or 88): nothing is appended to it. */
  readonly verbatim?: true
}

type Row = readonly [retry: 'later' | 'never', subject: Failure['subject'], text: string]

const tooLong: Row = ['never', '1.3', 'envelope address too long for qq']
const creating: Row = ['later', '3.0', 'qq trouble creating files in queue']
const bug: Row = ['later', '3.0', 'qq internal bug']

const rows: { readonly [code: number]: Row } = {
  11: tooLong,
  31: ['never', '3.0', 'mail server permanently rejected message'],
  51: ['later', '3.0', 'qq out of memory'],
  52: ['later', '3.0', 'qq timeout'],
  53: ['later', '3.0', 'qq write error or disk full'],
  54: ['later', '3.0', 'qq read error'],
  55: ['later', '3.0', 'qq unable to read configuration'],
  56: ['later', '3.0', 'qq trouble making network connection'],
  61: ['later', '3.0', 'qq trouble in home directory'],
  62: creating,
  63: creating,
  64: creating,
  65: creating,
  66: creating,
  71: ['later', '3.0', 'mail server temporarily rejected message'],
  72: ['later', '4.1', 'connection to mail server timed out'],
  73: ['later', '4.1', 'connection to mail server rejected'],
  74: ['later', '4.2', 'communication with mail server failed'],
  81: bug,
  91: bug,
  115: tooLong,
  120: ['later', '3.0', 'unable to exec qq'],
}

const otherPermanent: Row = ['never', '3.0', 'qq permanent problem']
const otherTemporary: Row = ['later', '3.0', 'qq temporary problem']

/** The codes by the name of what went wrong: what src/queue exits with. */
export const exit = {
  addressTooLong: 11,
  refused: 31,
  outOfMemory: 51,
  timeout: 52,
  writeError: 53,
  readError: 54,
  homeDirectory: 61,
  queueDirectory: 62,
  pidFile: 63,
  linkToMess: 64,
  createIntd: 65,
  linkToTodo: 66,
  temporarilyRefused: 71,
  customText: 82,
  bug: 81,
  envelopeFormat: 91,
  unreadableControl: 55,
  unableToExec: 120,
} as const

export function queueFailure(code: number, cause?: unknown): QueueFailure {
  const [retry, subject, text] = rows[code] ?? (code >= 11 && code <= 40 ? otherPermanent : otherTemporary)
  return { ...(retry === 'later' ? temporary : permanent)(subject, text, cause), code }
}

/** 91 for an envelope that demands something (its X): the queue does not know it, today or tomorrow. */
export function cannotHonour(cause?: unknown): QueueFailure {
  return {
    ...permanent('6.3', 'mail server cannot do what the sender requires', cause),
    code: exit.envelopeFormat,
  }
}

/** A queue program that died by a signal. */
export function queueCrashed(signal: string): QueueFailure {
  return { ...temporary('3.0', 'qq crashed', signal), code: exit.bug }
}

/** After commit was sent and before it was answered: the message may be queued all the same. */
export function queueVanished(cause?: unknown): QueueFailure {
  return { ...temporary('3.0', 'qq connection lost, possible duplicate', cause), code: exit.readError }
}

/**
 * Codes 82 and 88 with a text: `D...` for good, `Z...` for now, more than two bytes; anything else is "qq temporary problem". A text
 * that begins with an SMTP code of its class keeps it (the edges decide what to do with it).
 */
export function queueFailureWithText(code: number, said: ByteString): QueueFailure {
  const end = said.indexOf('\0')
  const text = end === -1 ? said : said.slice(0, end)
  if ((code !== 82 && code !== 88) || text.length <= 2) return queueFailure(code)
  if (text.startsWith('D')) return { ...permanent('3.0', text.slice(1)), code, verbatim: true }
  if (text.startsWith('Z')) return { ...temporary('3.0', text.slice(1)), code, verbatim: true }
  return queueFailure(code)
}

/** qmail's words for it, without the D or Z: `qq read error (#4.3.0)`. */
export function queueText(failure: QueueFailure): ByteString {
  return failure.verbatim ? failure.text : `${failure.text} (#${status(failure)})`
}
