/**
 * The records of the queue's own files: a letter, a value, NUL. todo/N has `u p F T` (and ours, hidden in a second `p`), info/N has `F`
 * and our `x1` extras, local/N and remote/N have `T` (to do) and `D` (done). Written by queue and send, read by send, qread and
 * fsck. The reader takes chunks as they come; a record longer than RECORD_BYTES is marked and never kept. A last record without
 * its NUL is torn: it does not exist. qmail-send(8), INTERNALS §2; our additions are in the page extensions.
 */
import { type ByteString, byteString } from '../bytes/bytes.ts'

export interface StoredRecord {
  /** The first byte; empty for a record of no bytes at all. */
  readonly letter: ByteString
  readonly value: ByteString
  /** Where in the file the letter stands. */
  readonly offset: number
  /** Longer than RECORD_BYTES; the value is only its beginning. */
  readonly isOversized: boolean
}

/** Far above any address: qmail-queue takes 1002 bytes, a virtual domain's prefix comes on top. */
export const RECORD_BYTES = 65536

/** Cuts a file into records. Memory: one record and one chunk. */
export class RecordReader {
  #rest = ''
  #restOffset = 0
  #isOversized = false
  #position = 0

  /** The records that these bytes complete, in order. */
  receive(chunk: Uint8Array): StoredRecord[] {
    const records: StoredRecord[] = []
    const text = byteString(chunk)
    let at = 0
    for (let end = text.indexOf('\0'); end !== -1; end = text.indexOf('\0', at)) {
      this.#append(text.slice(at, end))
      records.push(this.#take(this.#position + end + 1))
      at = end + 1
    }
    this.#append(text.slice(at))
    this.#position += text.length
    return records
  }

  #append(bytes: ByteString): void {
    const room = RECORD_BYTES - this.#rest.length
    if (bytes.length > room) this.#isOversized = true
    this.#rest = this.#rest === '' && bytes.length <= room ? bytes : this.#rest + bytes.slice(0, room)
  }

  #take(nextOffset: number): StoredRecord {
    const record = {
      letter: this.#rest.slice(0, 1),
      value: this.#rest.slice(1),
      offset: this.#restOffset,
      isOversized: this.#isOversized,
    }
    this.#rest = ''
    this.#isOversized = false
    this.#restOffset = nextOffset
    return record
  }
}

/** What a record of todo/N says. */
export type TodoRecord =
  | { readonly is: 'uid'; readonly uid: string }
  | { readonly is: 'pid'; readonly pid: string }
  | { readonly is: 'sender'; readonly sender: ByteString }
  | { readonly is: 'recipient'; readonly recipient: ByteString }
  /** Carrier `p;1 M`: parameters of the message. For the log it counts as a `p` without digits. */
  | { readonly is: 'mailParameters'; readonly parameters: ByteString }
  /** Carrier `p;1 R`: parameters of the recipient before it. */
  | { readonly is: 'recipientParameters'; readonly parameters: ByteString }
  /** Carrier `p;!`: who does not know its version must not deliver the message. */
  | { readonly is: 'mustHold' }
  | { readonly is: 'unknown' }

export function todoRecord({ letter, value, isOversized }: StoredRecord): TodoRecord {
  if (isOversized) return { is: 'unknown' }
  switch (letter) {
    case 'u':
      return { is: 'uid', uid: leadingNumber(value) }
    case 'p':
      return value.startsWith(';') ? carrier(value) : { is: 'pid', pid: leadingNumber(value) }
    case 'F':
      return { is: 'sender', sender: value }
    case 'T':
      return { is: 'recipient', recipient: value }
    default:
      return { is: 'unknown' }
  }
}

function carrier(value: ByteString): TodoRecord {
  if (value.startsWith(';!')) return { is: 'mustHold' }
  if (value.startsWith(';1 M ')) return { is: 'mailParameters', parameters: value.slice(5) }
  if (value.startsWith(';1 R ')) return { is: 'recipientParameters', parameters: value.slice(5) }
  return { is: 'pid', pid: '0' }
}

/** Leading digits as a number without leading zeros; none is 0. Twenty digits hold every number that qmail can hold. */
function leadingNumber(value: ByteString): string {
  return /^0*([0-9]{1,20})/.exec(value)?.[1] ?? '0'
}

export const senderRecord = (sender: ByteString): ByteString => `F${sender}\0`
export const recipientRecord = (recipient: ByteString): ByteString => `T${recipient}\0`

/** todo/N, after F: parameters of the message. An original qmail-send takes it for a `p` without digits. */
export const mailCarrier = (parameters: ByteString): ByteString => `p;1 M ${parameters}\0`

/** todo/N, after a T: parameters of that recipient. */
export const recipientCarrier = (parameters: ByteString): ByteString => `p;1 R ${parameters}\0`

/** info/N, after F: parameters of the message. */
export const mailExtra = (parameters: ByteString): ByteString => `x1 M ${parameters}\0`

/** info/N, after F: parameters of the recipient whose T stands at this offset of local/N (L) or remote/N (R). */
export const recipientExtra = (file: 'L' | 'R', offset: number, parameters: ByteString): ByteString =>
  `x1 ${file} ${offset} ${parameters}\0`

/** One recipient in local/N or remote/N. */
export interface ChannelRecord {
  /** Where its T or D stands: the byte to be overwritten when it is done. */
  readonly offset: number
  readonly isDone: boolean
  readonly recipient: ByteString
}

/** Undefined when the record is none that a channel file may have. */
export function channelRecord({
  letter,
  value,
  offset,
  isOversized,
}: StoredRecord): ChannelRecord | undefined {
  if (isOversized || (letter !== 'T' && letter !== 'D')) return undefined
  return { offset, isDone: letter === 'D', recipient: value }
}
