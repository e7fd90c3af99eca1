/**
 * RSET: the transaction is forgotten, the greeting is not. RFC 5321 §4.1.1.5.
 */
import { reply } from '../../../lib/smtp/reply.ts'
import { rule } from '../../../lib/smtp/rule.ts'
import { withoutTransaction } from '../../../lib/smtp/transaction.ts'
import type { Context, Effect, VerbRule } from '../session.ts'

const flushed = reply(250, '2.0.0', 'flushed')

export const rset: VerbRule = rule<Context, Effect, 'RSET'>({
  verb: 'RSET',
  allowedAt: ['connected', 'ready', 'mail'],
  lastInGroup: false,
  run(session) {
    session.state = withoutTransaction(session.state)
    return flushed
  },
})
