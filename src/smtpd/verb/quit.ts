/**
 * QUIT: a last reply, then the connection is closed. RFC 5321 §4.1.1.10.
 */
import { closing, reply } from '../../../lib/smtp/reply.ts'
import { rule } from '../../../lib/smtp/rule.ts'
import type { Context, Effect, VerbRule } from '../session.ts'

export const quit: VerbRule = rule<Context, Effect, 'QUIT'>({
  verb: 'QUIT',
  allowedAt: ['connected', 'ready', 'mail'],
  lastInGroup: true,
  run: ({ context: { settings } }) =>
    closing(reply(221, settings.profile === 'qmail' ? undefined : '2.0.0', settings.greeting), 'done'),
})
