/**
 * HELO and EHLO: who the client says it is, and which extensions it may use. RFC 5321 §4.1.1.1. Both forget a transaction.
 * The lines of EHLO's reply come from the rows of the verb table.
 */
import { reply } from '../../../lib/smtp/reply.ts'
import { rule } from '../../../lib/smtp/rule.ts'
import type { Context, Effect, Session, VerbRule } from '../session.ts'

export const helo: VerbRule = rule<Context, Effect, 'HELO'>({
  verb: 'HELO',
  allowedAt: ['connected', 'ready', 'mail'],
  lastInGroup: true,
  run(session, { name }) {
    session.state = { at: 'ready', greeting: { name, isExtended: false } }
    return reply(250, undefined, session.context.settings.greeting)
  },
})

export const ehlo: VerbRule = rule<Context, Effect, 'EHLO'>({
  verb: 'EHLO',
  allowedAt: ['connected', 'ready', 'mail'],
  lastInGroup: true,
  keywords: ({ settings }) =>
    settings.profile === 'qmail' ? ['PIPELINING'] : ['PIPELINING', 'ENHANCEDSTATUSCODES'],
  run(session, { name }) {
    session.state = { at: 'ready', greeting: { name, isExtended: true } }
    return reply(250, undefined, session.context.settings.greeting, ...keywords(session))
  },
})

function keywords({ protocol, context }: Session): readonly string[] {
  return [...protocol.verbs.values()].flatMap((row) => row.keywords?.(context) ?? [])
}
