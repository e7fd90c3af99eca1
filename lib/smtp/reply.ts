/**
 * A reply of an SMTP server is a value: code, enhanced status and words (RFC 5321 §4.2, RFC 3463). The two profiles
 * show the same value differently: `qmail` puts the status of a refusal behind the words as qmail does, `modern` in front of
 * all but greetings, as RFC 2034 asks. Pure; made by verbs (src/smtpd), rendered by the session engine (server.ts).
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Failure } from '../failure/failure.ts'

export type ReplyStyle = 'qmail' | 'modern'

export type Status = `${2 | 4 | 5}.${number}.${number}`

export interface Reply {
  readonly is: 'reply'
  /** 200 to 599. */
  readonly code: number
  /** Absent in greetings, intermediate replies, and texts that bring their own. */
  readonly status?: Status
  /** At least one; without line ends. */
  readonly lines: readonly ByteString[]
  /** Somebody else's words: `qmail` shows them as they are. */
  readonly isForeign?: true
  /** The connection is closed after this reply: `done` as after QUIT, `broken` as after a protocol disaster. */
  readonly ends?: 'done' | 'broken'
}

export function reply(code: number, status: Status | undefined, ...lines: readonly ByteString[]): Reply {
  return status === undefined ? { is: 'reply', code, lines } : { is: 'reply', code, status, lines }
}

/** The same reply, and then the connection is closed. */
export function closing(answer: Reply, ends: 'done' | 'broken' = 'broken'): Reply {
  return { ...answer, ends }
}

/** A failure as a reply with the code that fits its class. */
export function replyTo(failure: Failure, codes: { readonly later: number; readonly never: number }): Reply {
  const status =
    failure.retry === 'later' ? (`4.${failure.subject}` as const) : (`5.${failure.subject}` as const)
  return reply(codes[failure.retry], status, failure.text)
}

/** The bytes that go to the client, with their line ends. */
export function renderReply({ code, status, lines, isForeign }: Reply, style: ReplyStyle): ByteString {
  const before = status !== undefined && style === 'modern' ? `${status} ` : ''
  const after = status !== undefined && style === 'qmail' && code >= 400 && !isForeign ? ` (#${status})` : ''
  const last = lines.length - 1
  let text = ''
  for (let index = 0; index < last; index++) text += `${code}-${before}${lines[index]}\r\n`
  return `${text}${code} ${before}${lines[last] ?? ''}${after}\r\n`
}

/** Longest text that is taken over from others: a hook, a queue program (bytes). */
const FOREIGN_BYTES = 1000
/** Longest text line of a reply, RFC 5321 §4.5.3.1.5: 512 octets with code and line end. */
const LINE_BYTES = 500

const ownCode = /^([45][0-5][0-9])(?:[ -]|$)/
const ownStatus = /^[45]\.[0-9]{1,3}\.[0-9]{1,3}(?: |$)/

/**
 * A refusal in words of somebody else's program. Text that begins with a code of the class of `fallback` brings its whole reply,
 * and 421 also closes; other text stands behind the fallback's code and status. Line ends make several lines; what is not
 * printable becomes `?`. Empty text: the fallback as it is.
 */
export function foreignReply(text: ByteString, fallback: Reply): Reply {
  const lines = text
    .slice(0, FOREIGN_BYTES)
    .split(/[\r\n]+/)
    .filter((line) => line !== '')
    .map((line) => line.replace(/[^ -~]/g, '?').slice(0, LINE_BYTES))
  const [first] = lines
  if (first === undefined) return fallback
  const code = Number(ownCode.exec(first)?.[1])
  if (Math.floor(code / 100) === Math.floor(fallback.code / 100)) {
    const own = foreign(
      code,
      undefined,
      lines.map((line) => line.replace(ownCode, '')),
    )
    return code === 421 ? closing(own) : own
  }
  return foreign(fallback.code, ownStatus.test(first) ? undefined : fallback.status, lines)
}

function foreign(code: number, status: Status | undefined, lines: readonly ByteString[]): Reply {
  return { ...reply(code, status, ...lines), isForeign: true }
}
