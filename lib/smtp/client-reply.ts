/**
 * Replies of a server, from bytes. Lenient as qmail-remote is, because servers are not to be taught: the code is the first three bytes
 * of the first line, a hyphen as the fourth byte of a line says that another follows, and nothing else is checked. What is kept of
 * the text is what bounces and logs show. Pure; called by client.ts. RFC 5321 §4.2.
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Profile } from '../control/registry.ts'

export interface Reply {
  /** 200 to 599; undefined when the reply began with anything else. */
  readonly code: number | undefined
  /** All lines with their codes, each ended by LF; CR left out, NUL shown as `?`, the rest as it came; cut at the cap. */
  readonly text: ByteString
}

/** What is kept of a reply (qmail-remote(8)). */
export const REPLY_TEXT_BYTES = 5000
/** RFC 5321 §4.5.3.1.5 says 512; a line longer than this, or more lines, and the server is given up. */
export const REPLY_LINE_BYTES = 65_536
export const REPLY_LINES = 1000

const LF = 10
const CR = 13
const HYPHEN = 45
/** The fourth byte of a line decides whether another follows. */
const SEPARATOR = 3

export class ReplyParser {
  #text = ''
  #code = ''
  #lines = 0
  /** Bytes of the current line so far. */
  #column = 0
  #isLastLine = false
  #isOverlong = false

  /** A line or a reply was longer than the caps allow: nothing further is read. */
  get isOverlong(): boolean {
    return this.#isOverlong
  }

  /** The replies that these bytes complete. Replies are short, so they are read byte by byte. */
  push(bytes: Uint8Array): readonly Reply[] {
    const replies: Reply[] = []
    for (const byte of bytes) {
      if (this.#isOverlong) break
      if (this.#take(byte)) replies.push(this.#finish())
    }
    return replies
  }

  /** True when the reply is complete. */
  #take(byte: number): boolean {
    if (byte !== CR && this.#text.length < REPLY_TEXT_BYTES) {
      this.#text += byte === 0 ? '?' : String.fromCharCode(byte)
    }
    const column = this.#column++
    if (column < SEPARATOR) {
      // Not even an LF ends a line here: qmail's reading of servers that answer `2` and then `250 ok`.
      if (this.#lines === 0) this.#code += String.fromCharCode(byte)
      return false
    }
    if (column === SEPARATOR) this.#isLastLine = byte !== HYPHEN
    if (byte === LF) return this.#endLine()
    this.#isOverlong = this.#column > REPLY_LINE_BYTES
    return false
  }

  #endLine(): boolean {
    if (this.#isLastLine) return true
    this.#lines += 1
    this.#column = 0
    this.#isOverlong = this.#lines >= REPLY_LINES
    return false
  }

  #finish(): Reply {
    const reply = {
      code: /^[2-5][0-9][0-9]$/.test(this.#code) ? Number(this.#code) : undefined,
      text: this.#text,
    }
    this.#text = ''
    this.#code = ''
    this.#lines = 0
    this.#column = 0
    return reply
  }
}

/** The first digit of a reply that says yes to a step. RFC 5321 §4.3.2. */
const success = { mail: 2, rcpt: 2, data: 3, final: 2 } as const

/**
 * Did the server say yes to this step? Profile qmail: any code below 400 does, and what is no code is a refusal. Profile modern:
 * the RFC's digit does, and what is neither yes nor no is trouble for now.
 */
export function verdict(
  { code }: Reply,
  step: keyof typeof success,
  profile: Profile,
): 'yes' | 'later' | 'never' {
  if (code === undefined) return profile === 'qmail' ? 'never' : 'later'
  if (code >= 400) return code >= 500 ? 'never' : 'later'
  return profile === 'qmail' || Math.floor(code / 100) === success[step] ? 'yes' : 'later'
}

/** The keywords of a reply to EHLO, in upper case, with what stands after them. RFC 5321 §4.1.1.1. */
export function offersIn(reply: Reply): ReadonlyMap<ByteString, ByteString> {
  const lines = reply.text.split('\n').slice(1)
  const pairs = lines.map((line) => /^.{4}([A-Za-z0-9][A-Za-z0-9-]*)(?:[ =](.*))?$/s.exec(line))
  return new Map(
    pairs.flatMap((match) =>
      match === null ? [] : [[(match[1] ?? '').toUpperCase(), match[2] ?? ''] as const],
    ),
  )
}
