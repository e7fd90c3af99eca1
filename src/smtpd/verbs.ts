/**
 * The verb tables of the two profiles. One row for each verb; order is the order of the EHLO lines. To add a verb: a file in
 * verb/ and a row here.
 */
import { realSenders, parseCommand } from '../../lib/smtp/grammar.ts'
import { parseLax } from '../../lib/smtp/lax.ts'
import { reply } from '../../lib/smtp/reply.ts'
import { verbTable } from '../../lib/smtp/rule.ts'
import type { Protocol } from '../../lib/smtp/server.ts'
import type { Context, Effect, VerbRule } from './session.ts'
import { data } from './verb/data.ts'
import { ehlo, helo } from './verb/ehlo.ts'
import { expn, help, vrfy } from './verb/help.ts'
import { mail } from './verb/mail.ts'
import { noop } from './verb/noop.ts'
import { quit } from './verb/quit.ts'
import { rcpt } from './verb/rcpt.ts'
import { rset } from './verb/rset.ts'

const before: readonly VerbRule[] = [helo, ehlo]
const after: readonly VerbRule[] = [rcpt, data, rset, noop, help, vrfy]

/** qmail needs no greeting, and a second MAIL begins anew. */
const laxMail: VerbRule = { ...mail, allowedAt: ['ready', 'mail'] }

/** qmail-smtpd(8): nothing is out of order that can be understood, and nobody is thrown out. */
export const qmailProtocol: Protocol<Context, Effect> = {
  verbs: verbTable([...before, laxMail, ...after, quit]),
  parse: parseLax,
  style: 'qmail',
  commandBytes: 65536,
  badCommands: 0,
  unknownVerb: reply(502, '5.5.1', 'unimplemented'),
  start: { at: 'ready', greeting: undefined },
}

/** RFC 5321 §4.5.3.1.4, and what the announced extensions add: SIZE (RFC 1870 §3) 26, 8BITMIME (RFC 6152 §2) 17. */
const COMMAND_BYTES = 512 + 26 + 17

/** RFC 5321, strict but for what real senders need. */
export const modernProtocol: Protocol<Context, Effect> = {
  verbs: verbTable([...before, mail, ...after, expn, quit]),
  parse: (line) => parseCommand(line, realSenders),
  style: 'modern',
  commandBytes: COMMAND_BYTES,
  badCommands: 20,
  unknownVerb: reply(500, '5.5.1', 'unimplemented'),
  start: { at: 'connected' },
}
