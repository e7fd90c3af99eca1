/**
 * What the sender is told: the paragraph of bounce/N for each recipient that failed, and the message around them (QSBMF, which
 * mailing list programs parse: `Hi. This is the`, paragraphs `<recipient>:`, a break `---`, the message). Pure; the sending
 * is finish.ts, and notice.ts puts these pieces together, in this shape or as a multipart/report.
 */
import { quote } from '../../lib/address/quote.ts'
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { headerDate } from '../../lib/date/date.ts'
import type { Envelope } from '../../lib/envelope/envelope.ts'
import { withoutMark } from './verp.ts'

/** The sender of a double bounce: a failure of that is told to nobody. */
const TRIPLE = '#@[]'

export interface BounceSettings {
  readonly bouncefrom: ByteString
  readonly bouncehost: ByteString
  /** doublebounceto@doublebouncehost */
  readonly doubleBounceTo: ByteString
  /** Each bounce is a delivery status notification. control/dsnbounce */
  readonly isReport: boolean
  /** A notification returns the whole message up to this size, else its header; 0: always whole. control/bouncemaxbytes */
  readonly maxBytes: number
}

/**
 * One recipient: no blank line within, one at its end. `recipient` as its sender knows it; `report` as the delivery told
 * it, without its letter.
 */
export function paragraph(recipient: ByteString, report: ByteString): ByteString {
  const whole = `<${recipient.replaceAll('\n', '_')}>:\n${report}`
  const ended = whole.endsWith('\n') ? whole : `${whole}\n`
  const inside = ended.slice(0, -1).replaceAll(/(?<=\n)\n/g, '/')
  return `${inside}\n\n`
}

/** Appended to the last deferral of a message that is too old. */
export const GIVEN_UP = "I'm not going to try again; this message has been in the queue too long.\n"

export interface Bounce {
  readonly envelope: Envelope
  /** The fields of its header that both shapes have; without the empty line. */
  readonly header: ByteString
  /** What stands before the paragraphs, and between them and the message. */
  readonly greeting: ByteString
  readonly divider: ByteString
}

/** The message about a message of this sender; undefined when it was a double bounce itself. */
export function bounceFor(sender: ByteString, settings: BounceSettings, nowMs: number): Bounce | undefined {
  if (sender === TRIPLE) return undefined
  const base = withoutMark(sender)
  const isDouble = base === ''
  const recipient = isDouble ? settings.doubleBounceTo : base
  return {
    envelope: { sender: isDouble ? TRIPLE : '', recipients: [recipient] },
    header: header(recipient, settings, nowMs),
    greeting: greeting(settings.bouncehost, isDouble),
    divider:
      `--- Below this line is ${isDouble ? 'the original bounce' : 'a copy of the message'}.\n\n` +
      `Return-Path: <${quote(base)}>\n`,
  }
}

function header(recipient: ByteString, settings: BounceSettings, nowMs: number): ByteString {
  // Quoted apart from its host: an @ within bouncefrom is part of the name.
  const from = quote(`${settings.bouncefrom}@x`).slice(0, -2)
  return (
    `Date: ${headerDate(nowMs)}\n` +
    `From: ${from}@${settings.bouncehost}\n` +
    `To: ${quote(recipient)}\n` +
    'Subject: failure notice\n'
  )
}

function greeting(host: ByteString, isDouble: boolean): ByteString {
  const what = isDouble
    ? 'I tried to deliver a bounce message to this address, but the bounce bounced!\n'
    : "I'm afraid I wasn't able to deliver your message to the following addresses.\n" +
      "This is a permanent error; I've given up. Sorry it didn't work out.\n"
  return `Hi. This is the qmail-send program at ${host}.\n${what}\n`
}
