/**
 * MAIL: a transaction begins. RFC 5321 §4.1.1.2; SIZE: RFC 1870; BODY: RFC 6152. A parameter that was not announced is
 * refused with 555; in `qmail` the parser shows none, as qmail looks at none.
 */
import type { ByteString } from '../../../lib/bytes/bytes.ts'
import type { Parameter } from '../../../lib/smtp/command.ts'
import { reply, type Reply } from '../../../lib/smtp/reply.ts'
import { rule } from '../../../lib/smtp/rule.ts'
import { greetingOf, transaction } from '../../../lib/smtp/transaction.ts'
import { withLocalHost } from '../policy.ts'
import type { Context, Effect, VerbRule } from '../session.ts'
import { sizeLimit } from '../limits.ts'
import { ADDRESS_BYTES, addressTooLong, ok, tooLarge, unknownParameter } from './replies.ts'

export const mail: VerbRule = rule<Context, Effect, 'MAIL'>({
  verb: 'MAIL',
  allowedAt: ['ready'],
  lastInGroup: false,
  keywords: (context) =>
    context.settings.profile === 'qmail' ? ['8BITMIME'] : [sizeKeyword(context), '8BITMIME'],
  run(session, { path, parameters }) {
    const { settings } = session.context
    const sender = withLocalHost(path, settings.localIpHost, settings.isOurAddress)
    if (sender.length > ADDRESS_BYTES) return addressTooLong
    const refused = refusedParameter(parameters, session.context)
    if (refused !== undefined) return refused
    const greeting = greetingOf(session.state)
    session.state = { at: 'mail', greeting, transaction: transaction(sender, parameters) }
    return ok
  },
})

function sizeKeyword(context: Context): string {
  const limit = sizeLimit(context)
  return limit === 0 ? 'SIZE' : `SIZE ${limit}`
}

const bad = reply(501, '5.5.4', 'syntax error, bad parameter value')

/** What is wrong with the value of a parameter. */
type Check = (value: ByteString | undefined, context: Context) => Reply | undefined

/** What MAIL may be given. One row for each extension that adds something. */
const known: Readonly<Record<string, Check>> = {
  SIZE(value, context) {
    if (value === undefined || !/^[0-9]{1,20}$/.test(value)) return bad
    const limit = sizeLimit(context)
    return limit > 0 && Number(value) > limit ? tooLarge : undefined
  },
  BODY(value) {
    return /^(?:7BIT|8BITMIME)$/i.test(value ?? '') ? undefined : bad
  },
}

function refusedParameter(parameters: readonly Parameter[], context: Context): Reply | undefined {
  const seen = new Set<ByteString>()
  for (const { keyword, value } of parameters) {
    if (!Object.hasOwn(known, keyword)) return unknownParameter
    if (seen.has(keyword)) return bad
    seen.add(keyword)
    const refused = known[keyword]?.(value, context)
    if (refused !== undefined) return refused
  }
  return undefined
}
