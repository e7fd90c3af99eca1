/**
 * NOOP: nothing, as often as the client likes. RFC 5321 §4.1.1.9.
 */
import { rule } from '../../../lib/smtp/rule.ts'
import type { Context, Effect, VerbRule } from '../session.ts'
import { ok } from './replies.ts'

export const noop: VerbRule = rule<Context, Effect, 'NOOP'>({
  verb: 'NOOP',
  allowedAt: ['connected', 'ready', 'mail'],
  lastInGroup: true,
  run: () => ok,
})
