/**
 * The Received field that smtpd puts above a message. qmail-smtpd(8); RFC 5321 §4.4. Two lines, LF line ends; bytes that a
 * client could use to forge a header become `?`.
 */
import { type ByteString, equalIgnoringCase } from '../../lib/bytes/bytes.ts'
import { headerDate } from '../../lib/date/date.ts'
import type { Greeting } from '../../lib/smtp/transaction.ts'
import { type Client, variable } from './client.ts'

const unsafe = /[^A-Za-z0-9.@%+/=:[\]-]/g

function safe(text: ByteString): ByteString {
  return text.replace(unsafe, '?')
}

/** `protocol`: SMTP, or in `modern` ESMTP after EHLO. `now` in milliseconds since the epoch. */
export function receivedField(
  client: Client,
  greeting: Greeting | undefined,
  protocol: string,
  now: number,
): ByteString {
  const host = variable(client, 'TCPREMOTEHOST') ?? 'unknown'
  const ip = variable(client, 'TCPREMOTEIP') ?? 'unknown'
  const info = variable(client, 'TCPREMOTEINFO')
  const local = variable(client, 'TCPLOCALHOST') ?? variable(client, 'TCPLOCALIP') ?? 'unknown'
  const helo =
    greeting === undefined || equalIgnoringCase(greeting.name, host) ? '' : `(HELO ${safe(greeting.name)}) `
  const who = info === undefined ? safe(ip) : `${safe(info)}@${safe(ip)}`
  return `Received: from ${safe(host)} ${helo}(${who})\n  by ${safe(local)} with ${protocol}; ${headerDate(now)}\n`
}
