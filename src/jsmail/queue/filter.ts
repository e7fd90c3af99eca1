/**
 * Which messages a command is about: by age, sender, recipient, domain and last answer. A message is meant when it fits all that is
 * given, and one recipient that is still waited for fits all that is said of recipients. Pure. jsmail(8)
 */
import { type ByteString, lowerAscii } from '../../../lib/bytes/bytes.ts'
import type { Answers } from './answers.ts'
import type { Listed, ListedRecipient } from './message.ts'

/** An address, in which `*` stands for anything. */
export type Pattern = ByteString

export interface Filter {
  readonly olderSeconds?: number
  readonly youngerSeconds?: number
  readonly sender?: Pattern
  readonly recipient?: Pattern
  readonly domain?: ByteString
  /** A part of the last answer; blanks as the log writes them, or as people do. */
  readonly answer?: ByteString
}

export function fits(message: Listed, filter: Filter, nowSeconds: number, answers: Answers): boolean {
  if (Object.keys(filter).length === 0) return true
  if (message.trouble !== undefined) return false
  const ageSeconds = nowSeconds - (message.birthSeconds ?? nowSeconds)
  if (filter.olderSeconds !== undefined && ageSeconds <= filter.olderSeconds) return false
  if (filter.youngerSeconds !== undefined && ageSeconds >= filter.youngerSeconds) return false
  if (filter.sender !== undefined && !matches(message.sender ?? '', filter.sender)) return false
  const { recipient, domain, answer } = filter
  if (recipient === undefined && domain === undefined && answer === undefined) return true
  return message.recipients.some((one) => !one.isDone && recipientFits(message, one, filter, answers))
}

function recipientFits(
  { number }: Listed,
  { address }: ListedRecipient,
  { recipient, domain, answer }: Filter,
  answers: Answers,
): boolean {
  if (recipient !== undefined && !matches(address, recipient)) return false
  if (domain !== undefined && domainOf(address) !== lowerAscii(domain)) return false
  if (answer === undefined) return true
  const text = answers.of(number, address)?.text
  return text !== undefined && comparable(text).includes(comparable(answer))
}

const comparable = (text: ByteString): ByteString => lowerAscii(text).replaceAll(' ', '_')

/** What follows the last @, in lower case; empty without one. */
export function domainOf(address: ByteString): ByteString {
  const at = address.lastIndexOf('@')
  return at === -1 ? '' : lowerAscii(address.slice(at + 1))
}

/** The whole text, without regard to the case of A to Z. Each `*` takes as little as it can: no pattern is slow. */
export function matches(text: ByteString, pattern: Pattern): boolean {
  const [first = '', ...others] = lowerAscii(pattern).split('*')
  const whole = lowerAscii(text)
  const last = others.pop()
  if (last === undefined) return whole === first
  if (!whole.startsWith(first)) return false
  let at = first.length
  for (const part of others) {
    const found = whole.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return whole.length - last.length >= at && whole.endsWith(last)
}

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** `90s`, `30m`, `2h`, `3d`, `1w`, or seconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = 's'] = /^([0-9]{1,9})([smhdw])?$/.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * (seconds[unit] ?? 1)
}
