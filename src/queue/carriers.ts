/**
 * From an envelope and its trailer to todo: the carrier of the message's parameters goes behind F, that of a recipient's behind its T. Two
 * readers go through the one old file, through its records and through the trailer behind them, because both may be larger
 * than a submission may have memory. The trailer's indexes ascend (trailer.ts), so one pass does it.
 */
import { bytesOf } from '../../lib/bytes/bytes.ts'
import { mailCarrier, recipientCarrier, RecordReader, type StoredRecord } from '../../lib/envelope/record.ts'
import { recipientParameters } from '../../lib/envelope/trailer.ts'
import type { OpenFile } from '../../lib/queue/filesystem.ts'

const READ_BYTES = 8192

export interface Shape {
  /** u, p, F and T. */
  readonly recordBytes: number
  /** Behind them, R records. */
  readonly trailerBytes: number
  /** Parameters of the message; empty without. */
  readonly mail: string
}

type Old = Pick<OpenFile, 'readAt'>

export async function addCarriers(
  old: Old,
  { recordBytes, trailerBytes, mail }: Shape,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const trailer = records(old, recordBytes, recordBytes + trailerBytes)
  let next = await nextParameters(trailer)
  let index = -1
  let text = ''
  for await (const { letter, value } of records(old, 0, recordBytes)) {
    text += `${letter}${value}\0`
    if (letter === 'F' && mail !== '') text += mailCarrier(mail)
    if (letter === 'T') {
      index += 1
      if (next?.index === index) {
        text += recipientCarrier(next.parameters)
        next = await nextParameters(trailer)
      }
    }
    if (text.length < READ_BYTES) continue
    await write(bytesOf(text))
    text = ''
  }
  if (next !== undefined) throw new Error('the envelope has changed under our hands')
  await write(bytesOf(text))
}

async function nextParameters(trailer: AsyncGenerator<StoredRecord, void, void>) {
  const record = await trailer.next()
  if (record.done === true) return undefined
  const { letter, value } = record.value
  return recipientParameters(letter + value)
}

async function* records(old: Old, from: number, to: number): AsyncGenerator<StoredRecord, void, void> {
  const reader = new RecordReader()
  const into = new Uint8Array(READ_BYTES)
  for (let at = from; at < to;) {
    const count = await old.readAt(into.subarray(0, Math.min(READ_BYTES, to - at)), at)
    if (count === 0) throw new Error('the envelope has become shorter')
    yield* reader.receive(into.subarray(0, count))
    at += count
  }
}
