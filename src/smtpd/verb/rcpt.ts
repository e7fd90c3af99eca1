/**
 * RCPT: here is decided whether a recipient is taken. RFC 5321 §4.1.1.3. In this order: count, length, badmailfrom,
 * rcpthosts (or RELAYCLIENT), morercpthosts.cdb, then other people's programs.
 */
import type { ByteString } from '../../../lib/bytes/bytes.ts'
import type { Facts, Verdict } from '../../../lib/hook/hook.ts'
import { foreignReply, reply, type Reply } from '../../../lib/smtp/reply.ts'
import { rule } from '../../../lib/smtp/rule.ts'
import { greetingOf, type Recipient, type Transaction } from '../../../lib/smtp/transaction.ts'
import { environmentOf, variable } from '../client.ts'
import { isBadSender, judgeRecipient, withLocalHost } from '../policy.ts'
import type { Context, Effect, Session, Step, VerbRule } from '../session.ts'
import { ADDRESS_BYTES, addressTooLong, ok, unknownParameter, unreadableControls } from './replies.ts'

const mailFirst = reply(503, '5.5.1', 'MAIL first')
const tooMany = reply(452, '4.5.3', 'too many recipients')
const badSender = reply(553, '5.7.1', 'sorry, your envelope sender is in my badmailfrom list')
const notAllowed = reply(553, '5.7.1', "sorry, that domain isn't in my list of allowed rcpthosts")
const refusedForGood = reply(550, '5.7.1', 'sorry, that recipient is refused')
const refusedForNow = reply(451, '4.7.1', 'sorry, that recipient cannot be taken now')

export const rcpt: VerbRule = rule<Context, Effect, 'RCPT'>({
  verb: 'RCPT',
  allowedAt: ['mail'],
  lastInGroup: false,
  run(session, { path, parameters }) {
    const { state, context } = session
    if (state.at !== 'mail') return mailFirst
    const { settings } = context
    const { transaction } = state
    const address = withLocalHost(path, settings.localIpHost, settings.isOurAddress)
    if (transaction.recipients.length + transaction.dropped >= settings.maxRecipients)
      return refuse(session, path, tooMany)
    if (address.length > ADDRESS_BYTES) return refuse(session, path, addressTooLong)
    if (parameters.length > 0) return refuse(session, path, unknownParameter)
    if (isBadSender(transaction.sender, settings.badmailfrom)) return refuse(session, address, badSender)
    return checkRelaying(session, transaction, { address, parameters })
  },
})

/** RELAYCLIENT allows everything, and is appended to the address. */
function checkRelaying(session: Session, transaction: Transaction, recipient: Recipient): Step {
  const { settings, client } = session.context
  const { address } = recipient
  const suffix = variable(client, 'RELAYCLIENT')
  if (suffix !== undefined)
    return askPrograms(session, transaction, { ...recipient, address: address + suffix })
  const judgement = judgeRecipient(address, settings.recipients)
  if (judgement.is === 'allowed') return askPrograms(session, transaction, recipient)
  if (judgement.is === 'refused') return refuse(session, address, notAllowed)
  return {
    is: 'effect',
    wants: 'find',
    table: settings.moreRcpthosts,
    keys: judgement.keys,
    resume(found) {
      if (found.is === 'found') return askPrograms(session, transaction, recipient)
      return found.is === 'absent' ? refuse(session, address, notAllowed) : unreadableControls
    },
  }
}

function askPrograms(session: Session, transaction: Transaction, recipient: Recipient): Step {
  const hooks = session.context.recipientHooks
  if (hooks.length === 0) return take(transaction, recipient)
  return {
    is: 'effect',
    wants: 'verdict',
    hooks,
    facts: factsFor(session, transaction, recipient),
    resume: (verdict) => obey(session, verdict, transaction, recipient),
  }
}

function obey(session: Session, verdict: Verdict, transaction: Transaction, recipient: Recipient): Step {
  switch (verdict.is) {
    case 'accept':
      return take(transaction, recipient)
    case 'continue':
      return take(transaction, { ...recipient, address: verdict.recipient ?? recipient.address })
    case 'drop':
      transaction.dropped += 1
      return ok
    default: {
      const plain = verdict.retry === 'later' ? refusedForNow : refusedForGood
      return refuse(session, recipient.address, foreignReply(verdict.reply, plain))
    }
  }
}

function take(transaction: Transaction, recipient: Recipient): Reply {
  transaction.recipients.push(recipient)
  return ok
}

function refuse(session: Session, address: ByteString, answer: Reply): Reply {
  const { state, context } = session
  if (state.at === 'mail') state.transaction.refused += 1
  const from = state.at === 'mail' ? state.transaction.sender : ''
  const ip = variable(context.client, 'TCPREMOTEIP')
  context.trace('refuse', { ip, from, to: address, code: answer.code, status: answer.status })
  return answer
}

function factsFor(
  session: Session,
  { sender, parameters, recipients }: Transaction,
  { address }: Recipient,
): Facts {
  return {
    helo: greetingOf(session.state)?.name ?? '',
    sender,
    recipient: address,
    recipientCount: recipients.length,
    extras: parameters.map(({ keyword, value }) => [`MAIL:${keyword}`, value ?? ''] as const),
    env: environmentOf(session.context.client),
  }
}
