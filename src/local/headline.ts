/**
 * The lines that a delivery puts above a message. They are also in a program's environment, so that it can do the same
 * (preline, condredirect). Pure. qmail-command(8): DTLINE, RPLINE, UFLINE.
 */
import { quote } from '../../lib/address/quote.ts'
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { mboxDate } from '../../lib/date/date.ts'
import { type Job, recipientOf } from './job.ts'

/** `Delivered-To: joe@example.org` LF. A line feed in the address must not begin another field. */
export function deliveredTo(job: Job): ByteString {
  return `Delivered-To: ${recipientOf(job).replaceAll('\n', '_')}\n`
}

/** `Return-Path: <sender>` LF; the sender is quoted as in SMTP. */
export function returnPath(job: Job): ByteString {
  return `Return-Path: <${quote(job.sender).replaceAll('\n', '_')}>\n`
}

/** The From_ line of an mbox, for the time in milliseconds since the epoch. The sender must be one word. */
export function fromLine(job: Job, nowMs: number): ByteString {
  const sender = job.sender === '' ? 'MAILER-DAEMON' : job.sender.replace(/[ \t\n]/g, '-')
  return `From ${sender} ${mboxDate(nowMs)}\n`
}
