/**
 * DATA: the message goes to the queue while it arrives, and one reply says what became of it. RFC 5321 §4.1.1.4, §6.1: after
 * 250 the message is ours. Where the content ends and what is counted in it: lib/smtp/receive-data.ts.
 */
import { bytesOf, concat } from '../../../lib/bytes/bytes.ts'
import type { Result } from '../../../lib/failure/failure.ts'
import { exit, type QueueFailure } from '../../../lib/queue/exitcode.ts'
import type { Queued } from '../../../lib/queue/submission.ts'
import { DataReceiver, type Received } from '../../../lib/smtp/receive-data.ts'
import { closing, foreignReply, reply, replyTo, type Reply } from '../../../lib/smtp/reply.ts'
import { type Content, more, rule } from '../../../lib/smtp/rule.ts'
import { greetingOf, type Transaction, withoutTransaction } from '../../../lib/smtp/transaction.ts'
import { factsOf, variable } from '../client.ts'
import { receivedField } from '../received.ts'
import type { Context, Effect, Session, Step, VerbRule } from '../session.ts'
import { sizeLimit } from '../limits.ts'
import { tooLarge } from './replies.ts'

const goAhead = reply(354, undefined, 'go ahead')
const rcptFirst = reply(503, '5.5.1', 'RCPT first')
const noValidRecipients = reply(554, '5.5.1', 'no valid recipients')
const cannotStart = reply(451, '4.3.0', 'qqt failure')
const looping = reply(554, '5.4.6', 'too many hops, this message is looping')
const bareLf = closing(reply(451, undefined, 'See https://cr.yp.to/docs/smtplf.html.'))
const bareLineEnd = reply(550, '5.5.2', 'lines must end with CR LF: there is a bare CR or LF in your message')
const longLine = reply(554, '5.6.0', 'a line of your message is too long')

/** So many hops are a loop. */
const HOPS = 100
/** `modern`: longer lines come from no mail program. qmail has no limit, and none is needed to keep memory flat. */
const LINE_BYTES = 65536

export const data: VerbRule = rule<Context, Effect, 'DATA'>({
  verb: 'DATA',
  allowedAt: ['mail'],
  lastInGroup: true,
  run(session) {
    const { state, context } = session
    if (state.at !== 'mail') return rcptFirst
    const { transaction } = state
    if (transaction.recipients.length + transaction.dropped === 0) {
      return transaction.refused > 0 && context.settings.profile === 'modern' ? noValidRecipients : rcptFirst
    }
    if (transaction.recipients.length === 0) return receive(session, transaction, 'dropped')
    return {
      is: 'effect',
      wants: 'submission',
      facts: factsOf(context.client, state.greeting?.name ?? ''),
      resume: (opened) => start(session, transaction, opened),
    }
  },
})

function start(session: Session, transaction: Transaction, opened: Result<undefined, QueueFailure>): Step {
  if (opened.ok) return receive(session, transaction, 'queued')
  if (session.context.settings.profile === 'modern') return queueReply(opened.failure)
  // qmail forks before it can know whether the program is there: its client hears of that after the message.
  if (opened.failure.code === exit.unableToExec) return receive(session, transaction, opened.failure)
  return cannotStart
}

/** What happens to the content: the queue has it, a hook dropped it, or no queue could be started. */
type Fate = 'queued' | 'dropped' | QueueFailure

function receive(session: Session, transaction: Transaction, fate: Fate): Content<Effect> {
  const { context, state } = session
  const { settings } = context
  const receiver = new DataReceiver({
    bareLineEnds: settings.profile === 'qmail' ? 'qmail' : 'refuse',
    storedBytes: sizeLimit(context),
    lineBytes: settings.profile === 'qmail' ? 0 : LINE_BYTES,
  })
  let above: Buffer | undefined = bytesOf(receivedAbove(session))
  session.state = { at: 'data', greeting: greetingOf(state), transaction }

  return {
    is: 'content',
    reply: goAhead,
    take(input, from) {
      const received = receiver.receive(input, from)
      const { taken, stored, end } = received
      const follows = (): Step =>
        end === undefined ? more : finish(session, transaction, fate, receiver, received)
      if (fate !== 'queued' || (stored === undefined && (above === undefined || end === undefined))) {
        return { taken, step: follows() }
      }
      const bytes = concat([above, stored].filter((part) => part !== undefined))
      above = undefined
      return { taken, step: { is: 'effect', wants: 'write', bytes, resume: follows } }
    },
  }
}

function receivedAbove({ context, state }: Session): string {
  const greeting = greetingOf(state)
  const protocol = context.settings.profile === 'modern' && greeting?.isExtended ? 'ESMTP' : 'SMTP'
  return receivedField(context.client, greeting, protocol, context.clock.now())
}

/** The content is over: what is wrong with it, in qmail's order, or the queue's word. */
function finish(
  session: Session,
  transaction: Transaction,
  fate: Fate,
  receiver: DataReceiver,
  { end }: Received,
): Step {
  session.state = withoutTransaction(session.state)
  const refusal = refusalOf(receiver, end)
  if (refusal !== undefined) {
    note(session, transaction, receiver, { code: refusal.code })
    return fate === 'queued' ? { is: 'effect', wants: 'abort', resume: () => refusal } : refusal
  }
  if (fate === 'dropped') return accepted(session, 0)
  if (fate !== 'queued') return queueReply(fate)
  const { sender, recipients } = transaction
  return {
    is: 'effect',
    wants: 'commit',
    envelope: { sender, recipients: recipients.map(({ address }) => address) },
    resume: (result) => answer(session, transaction, receiver, result),
  }
}

function refusalOf(receiver: DataReceiver, end: Received['end']): Reply | undefined {
  if (end === 'bareLf') return bareLf
  if (receiver.hasBareLineEnd) return end === 'falseEnd' ? closing(bareLineEnd) : bareLineEnd
  if (receiver.hops >= HOPS) return looping
  if (receiver.isTooLarge) return tooLarge
  return receiver.hasLongLine ? longLine : undefined
}

function answer(
  session: Session,
  transaction: Transaction,
  receiver: DataReceiver,
  result: Result<Queued, QueueFailure>,
): Reply {
  if (!result.ok) {
    const refusal = queueReply(result.failure)
    note(session, transaction, receiver, { code: refusal.code })
    return refusal
  }
  note(session, transaction, receiver, { qp: result.value.qp })
  return accepted(session, result.value.qp)
}

function accepted(session: Session, qp: number): Reply {
  session.forgiveErrors()
  return reply(250, '2.0.0', `ok ${Math.floor(session.context.clock.now() / 1000)} qp ${qp}`)
}

/** The queue's words. A program's own text may bring its own code. */
function queueReply(failure: QueueFailure): Reply {
  const codes = { later: 451, never: 554 }
  const plain = replyTo(failure, codes)
  return failure.verbatim ? foreignReply(failure.text, plain) : plain
}

/** One line in the trace for each message, with what became of it. */
function note(
  { context, state }: Session,
  { sender, recipients }: Transaction,
  { storedBytes }: DataReceiver,
  outcome: { readonly qp?: number; readonly code?: number },
): void {
  context.trace('message', {
    ip: variable(context.client, 'TCPREMOTEIP'),
    helo: greetingOf(state)?.name,
    from: sender,
    to: recipients[0]?.address,
    rcpts: recipients.length,
    bytes: storedBytes,
    ...outcome,
  })
}
