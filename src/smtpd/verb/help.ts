/**
 * HELP, VRFY and EXPN: no address is told to anybody. RFC 5321 §3.5, §4.1.1.6 to §4.1.1.8. HELP lists the verb table; in
 * `qmail` it is the original's line, since programs compare it.
 */
import { reply } from '../../../lib/smtp/reply.ts'
import { rule } from '../../../lib/smtp/rule.ts'
import type { Context, Effect, VerbRule } from '../session.ts'

export const help: VerbRule = rule<Context, Effect, 'HELP'>({
  verb: 'HELP',
  allowedAt: ['connected', 'ready', 'mail'],
  lastInGroup: true,
  run: ({ protocol, context }) =>
    context.settings.profile === 'qmail'
      ? reply(214, undefined, 'notqmail home page: https://notqmail.org')
      : reply(214, '2.0.0', `${[...protocol.verbs.keys()].join(' ')}`, 'manual: smtpd(8)'),
})

const willTry = reply(252, '2.0.0', "send some mail, i'll try my best")

export const vrfy: VerbRule = rule<Context, Effect, 'VRFY'>({
  verb: 'VRFY',
  allowedAt: ['connected', 'ready', 'mail'],
  lastInGroup: true,
  run: () => willTry,
})

const unimplemented = reply(502, '5.5.1', 'unimplemented')

export const expn: VerbRule = rule<Context, Effect, 'EXPN'>({
  verb: 'EXPN',
  allowedAt: ['connected', 'ready', 'mail'],
  lastInGroup: true,
  run: () => unimplemented,
})
