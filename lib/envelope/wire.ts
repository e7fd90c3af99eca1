/**
 * The envelope as qmail-queue reads it from descriptor 1: `F<sender>\0`, then `T<recipient>\0` for each recipient, then one more
 * `\0`. qmail-queue(8). The reader takes chunks as they come, keeps nothing but a length, and passes on the bytes that
 * belong into todo: the records without the last NUL.
 */
import { type ByteString, bytesOf } from '../bytes/bytes.ts'
import { ADDRESS_BYTES, type Envelope } from './envelope.ts'

export function encodeEnvelope(envelope: Envelope): Buffer {
  return bytesOf(encodeSender(envelope.sender) + envelope.recipients.map(encodeRecipient).join('') + '\0')
}

const encodeSender = (sender: ByteString): ByteString => `F${sender}\0`
const encodeRecipient = (recipient: ByteString): ByteString => `T${recipient}\0`

/** Why an envelope cannot be taken: the rows of exitcode.ts speak of the same three. */
export type EnvelopeTrouble = 'addressTooLong' | 'envelopeFormat'

/** What the reader made of a chunk: the bytes for todo, and whether the final NUL was among them. */
export type Read =
  | { readonly ok: true; readonly records: Uint8Array; readonly done: boolean }
  | { readonly ok: false; readonly trouble: EnvelopeTrouble }

const F = 70
const T = 84

export interface EnvelopeReader {
  /** After `done` or trouble, further chunks are ignored: qmail-queue does not read past the end either. */
  read(chunk: Uint8Array): Read
  readonly isDone: boolean
}

export function envelopeReader(): EnvelopeReader {
  let expected: 'sender' | 'letter' | 'address' | 'nothing' = 'sender'
  let addressBytes = 0

  const nothing: Read = { ok: true, records: new Uint8Array(0), done: true }
  const trouble = (why: EnvelopeTrouble): Read => {
    expected = 'nothing'
    return { ok: false, trouble: why }
  }

  const read = (chunk: Uint8Array): Read => {
    if (expected === 'nothing') return nothing
    let at = 0
    while (at < chunk.length) {
      if (expected === 'address') {
        const end = chunk.indexOf(0, at)
        addressBytes += (end === -1 ? chunk.length : end) - at
        if (addressBytes > ADDRESS_BYTES) return trouble('addressTooLong')
        if (end === -1) break
        at = end + 1
        expected = 'letter'
        continue
      }
      const letter = chunk[at]
      if (letter === 0 && expected === 'letter') {
        expected = 'nothing'
        return { ok: true, records: chunk.subarray(0, at), done: true }
      }
      if (letter !== (expected === 'sender' ? F : T)) return trouble('envelopeFormat')
      expected = 'address'
      addressBytes = 0
      at += 1
    }
    return { ok: true, records: chunk, done: false }
  }

  return {
    read,
    get isDone() {
      return expected === 'nothing'
    },
  }
}
