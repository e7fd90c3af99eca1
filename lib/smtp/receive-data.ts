/**
 * What follows DATA, until its end: a machine of its own, fed with the bytes as they arrive (RFC 5321 §4.1.1.4, §4.5.2). Only
 * CR LF . CR LF ends it. CR LF becomes LF, a leading dot is removed, and what is counted on the way (stored bytes,
 * hops, line length) is there for the caller to judge; memory does not depend on the message.
 *
 * Bare CR and bare LF, by profile. `qmail`: CR is kept, LF ends everything at once. `modern`: the message is refused, so from there
 * on it is only watched for its end (watch-end.ts); refused and read to the end, because a client that is cut
 * off in the middle tries again for days.
 *
 * Lines are found by indexOf and moved as wholes: 6 ms for 10 MiB of mail, where a loop over the bytes takes 9.
 */
import { CR, LF } from '../bytes/bytes.ts'
import { FieldName } from './field-name.ts'
import { type ContentEnd, EndWatcher, type Place } from './watch-end.ts'

export interface DataLimits {
  readonly bareLineEnds: 'qmail' | 'refuse'
  /** More stored bytes than this are not handed on; 0: no limit. */
  readonly storedBytes: number
  /** Longer lines (octets, with their CR LF) are reported; 0: no limit. */
  readonly lineBytes: number
}

export interface Received {
  /** How many bytes of the input belong to the content. All of them unless there is an end. */
  readonly taken: number
  /** Bytes of the message, the receiver's own copy; undefined when there are none or they are of no use any more. */
  readonly stored: Buffer | undefined
  /** `bareLf` only in `qmail`: client and server no longer agree on where a line ends. */
  readonly end: ContentEnd | 'bareLf' | undefined
}

const DOT = 46

export class DataReceiver {
  /** Header lines that begin with Received or Delivered: 100 of them are a loop. */
  hops = 0
  /** Bytes that the message has, line ends as LF; also those that are no longer handed on. */
  storedBytes = 0
  hasLongLine = false
  /** Only with `refuse`. */
  hasBareLineEnd = false

  readonly #limits: DataLimits
  readonly #fieldName = new FieldName()
  #place: Place = 'lineStart'
  #isHeader = true
  /** Octets of the current line that earlier chunks had. */
  #lineBytes = 0
  #watcher: EndWatcher | undefined

  constructor(limits: DataLimits) {
    this.#limits = limits
  }

  get isTooLarge(): boolean {
    return this.#limits.storedBytes > 0 && this.storedBytes > this.#limits.storedBytes
  }

  /** The input is only read, and only during the call. */
  receive(input: Buffer, from: number): Received {
    if (this.#watcher !== undefined) return { ...this.#watcher.watch(input, from), stored: undefined }
    const place = this.#place
    // Two more bytes: a dot and a CR that the last chunk ended with may turn out to be text.
    const out = Buffer.allocUnsafe(input.length - from + 2)
    const { at, written, end } = this.#decode(input, from, out)
    if (this.#limits.bareLineEnds === 'refuse' && (end === 'bareLf' || hasCr(out, written))) {
      this.hasBareLineEnd = true
      this.#watcher = new EndWatcher(place)
      return { ...this.#watcher.watch(input, from), stored: undefined }
    }
    this.storedBytes += written
    return {
      taken: at - from,
      stored: written === 0 || this.isTooLarge ? undefined : out.subarray(0, written),
      end,
    }
  }

  #decode(
    input: Buffer,
    from: number,
    out: Buffer,
  ): { at: number; written: number; end: 'end' | 'bareLf' | undefined } {
    let at = from
    let written = 0
    while (at < input.length) {
      const byte = input[at]
      if (this.#place === 'lineStart') {
        if (byte !== DOT) {
          this.#place = 'text'
        } else {
          this.#fieldName.isNone()
          this.#place = 'dot'
          this.#lineBytes = 1
          at += 1
        }
      } else if (this.#place === 'dot') {
        // Any other byte: the dot was there to be removed.
        this.#place = byte === CR ? 'dotCr' : 'text'
        if (byte === CR) at += 1
      } else if (this.#place === 'dotCr') {
        if (byte === LF) return { at: at + 1, written, end: 'end' }
        out[written++] = DOT
        out[written++] = CR
        this.#lineBytes += 1
        this.#place = 'text'
      } else if (this.#place === 'cr') {
        out[written++] = byte === LF ? LF : CR
        if (byte === LF) {
          at += 1
          this.#endLine(this.#lineBytes + 1)
        } else {
          this.#place = 'text'
        }
      } else {
        const lf = input.indexOf(LF, at)
        const lineEnd = lf === -1 ? input.length : lf
        const textEnd = lineEnd > at && input[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd
        if (this.#isHeader && this.#fieldName.look(input, at, textEnd)) this.hops += 1
        written += input.copy(out, written, at, textEnd)
        if (lf === -1) {
          this.#lineBytes += lineEnd - at
          if (textEnd < lineEnd) this.#place = 'cr'
          at = lineEnd
        } else if (textEnd === lf) {
          return { at: lf + 1, written, end: 'bareLf' }
        } else {
          out[written++] = LF
          this.#endLine(this.#lineBytes + lf + 1 - at)
          at = lf + 1
        }
      }
    }
    return { at, written, end: undefined }
  }

  /** `octets`: of the whole line, with its CR LF. */
  #endLine(octets: number): void {
    if (octets === 2) this.#isHeader = false
    if (this.#limits.lineBytes > 0 && octets > this.#limits.lineBytes) this.hasLongLine = true
    this.#lineBytes = 0
    this.#place = 'lineStart'
    this.#fieldName.begin()
  }
}

function hasCr(bytes: Buffer, length: number): boolean {
  const found = bytes.indexOf(CR)
  return found !== -1 && found < length
}
