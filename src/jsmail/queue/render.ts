/** Messages as lines for people, and the units that people read. Addresses are made safe for a terminal. Pure. jsmail(8) */
import { logSafe } from '../../../lib/bytes/bytes.ts'
import type { Answers } from './answers.ts'
import type { Listed, ListedRecipient } from './message.ts'

export interface Total {
  messages: number
  unprocessed: number
  sizeBytes: number
}

export function renderMessage(message: Listed, nowSeconds: number, answers: Answers): string {
  if (message.trouble !== undefined) return `${message.number}  ${message.trouble}\n`
  const recipients = message.recipients.map((one) => recipientLines(message, one, nowSeconds, answers))
  return `${headLine(message, nowSeconds)}${recipients.join('')}`
}

function headLine(
  { number, sizeBytes, isNew, sender, birthSeconds, isBouncing }: Listed,
  now: number,
): string {
  const age = duration(now - (birthSeconds ?? now))
  return `${[
    number,
    size(sizeBytes),
    isNew ? `new, ${age} old` : `${age} old`,
    ...(sender === undefined ? [] : [`<${logSafe(sender)}>`]),
    ...(isBouncing ? ['bouncing'] : []),
  ].join('  ')}\n`
}

function recipientLines(
  { number, due, isNew }: Listed,
  { channel, address, isDone }: ListedRecipient,
  nowSeconds: number,
  answers: Answers,
): string {
  const state = isDone ? 'done' : isNew || channel === undefined ? 'new' : waiting(due[channel], nowSeconds)
  const answer = answers.of(number, address)
  const last = answer === undefined ? '' : `            ${answer.outcome}: ${answer.text}\n`
  return `    ${(channel ?? '').padEnd(6)}  ${logSafe(address)}  ${state}\n${last}`
}

/** While send runs it keeps the true time in memory, and the file has an earlier one. */
function waiting(dueSeconds: number | undefined, nowSeconds: number): string {
  if (dueSeconds === undefined || dueSeconds <= nowSeconds) return 'waiting'
  return `waiting, next try in ${duration(dueSeconds - nowSeconds)}`
}

export function renderTotal({ messages, unprocessed, sizeBytes }: Total, isFiltered: boolean): string {
  if (messages === 0) return isFiltered ? 'No message fits.\n' : 'The queue is empty.\n'
  const notYet = unprocessed === 0 ? '' : `, ${unprocessed} of them new`
  return `${messages} ${messages === 1 ? 'message' : 'messages'}${notYet}, ${size(sizeBytes)}\n`
}

/** Powers of 1024, one digit after the point from KB on. */
export function size(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

/** The two largest units: `3 d 4 h`, `12 min`, `8 s`. */
export function duration(seconds: number): string {
  const total = Math.max(0, Math.floor(seconds))
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor(total / 3600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'min'],
    [total % 60, 's'],
  ]
  const first = parts.findIndex(([count]) => count > 0)
  if (first === -1) return '0 s'
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}
