/** One message of `jsmail queue` as lines for people. Addresses are made safe for a terminal. jsmail(8). */
import { logSafe } from '../../lib/bytes/bytes.ts'
import type { Listed } from './list.ts'

export interface Total {
  messages: number
  unprocessed: number
  sizeBytes: number
}

export function renderMessage(message: Listed, nowSeconds: number): string {
  const { number, sizeBytes, isNew, trouble, sender, birthSeconds } = message
  if (trouble !== undefined) return `${number}  ${trouble}\n`
  const head = [
    number,
    size(sizeBytes),
    isNew ? 'new' : `${duration(nowSeconds - (birthSeconds ?? nowSeconds))} old`,
    ...(sender === undefined ? [] : [`<${logSafe(sender)}>`]),
    ...(message.isBouncing ? ['bouncing'] : []),
  ].join('  ')
  const recipients = message.recipients.map(
    ({ channel, address, isDone }) =>
      `    ${channel.padEnd(6)}  ${logSafe(address)}  ${isDone ? 'done' : waiting(message.due[channel], nowSeconds)}\n`,
  )
  return `${head}\n${recipients.join('')}`
}

/** While send runs it keeps the true time in memory, and the file has an earlier one. */
function waiting(dueSeconds: number | undefined, nowSeconds: number): string {
  if (dueSeconds === undefined || dueSeconds <= nowSeconds) return 'waiting'
  return `waiting, next try in ${duration(dueSeconds - nowSeconds)}`
}

export function renderTotal({ messages, unprocessed, sizeBytes }: Total): string {
  if (messages === 0) return 'The queue is empty.\n'
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
