/**
 * Messages for other programs: one JSON object a line. An address is text where it is UTF-8; otherwise its bytes stand beside it in
 * hexadecimal, and nothing is lost. Pure. jsmail(8)
 */
import { type ByteString, bytesOf, decodeUtf8, fromText } from '../../../lib/bytes/bytes.ts'
import type { Answers } from './answers.ts'
import type { Listed, ListedRecipient } from './message.ts'

type Json = Readonly<Record<string, unknown>>

/** One line, as bytes for descriptor 1. */
export function jsonLine(value: Json): ByteString {
  return fromText(`${JSON.stringify(value)}\n`)
}

export function messageJson(message: Listed, answers: Answers): Json {
  const { number, trouble } = message
  if (trouble !== undefined) return { number, trouble }
  return {
    number,
    state: message.isNew ? 'new' : 'preprocessed',
    sizeBytes: message.sizeBytes,
    ...(message.birthSeconds === undefined ? {} : { queued: timeText(message.birthSeconds) }),
    ...(message.sender === undefined ? {} : bytesJson('sender', message.sender)),
    bouncing: message.isBouncing,
    recipients: message.recipients.map((one) => recipientJson(message, one, answers)),
  }
}

function recipientJson({ number, due }: Listed, one: ListedRecipient, answers: Answers): Json {
  const { channel, address, isDone } = one
  const dueSeconds = channel === undefined || isDone ? undefined : due[channel]
  const answer = answers.of(number, address)
  return {
    ...bytesJson('address', address),
    ...(channel === undefined ? {} : { channel }),
    done: isDone,
    ...(dueSeconds === undefined ? {} : { nextTry: timeText(dueSeconds) }),
    ...(answer === undefined ? {} : { answer: { outcome: answer.outcome, text: answer.text } }),
  }
}

/** `{ NAME: text }`, and with `NAMEHex` where the bytes are not UTF-8. */
export function bytesJson(name: string, bytes: ByteString): Json {
  const text = decodeUtf8(bytes)
  if (text !== undefined) return { [name]: text }
  const raw = bytesOf(bytes)
  return { [name]: raw.toString('utf8'), [`${name}Hex`]: raw.toString('hex') }
}

export function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
