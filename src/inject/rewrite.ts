/**
 * A header as its author wrote it, made into one that may travel, and the envelope that follows from it: qmail-inject(8),
 * qmail-header(5). What is missing goes on top; what stays keeps its order.
 */
import { addressTokens, type Complete, completeBy, mailboxTokens } from '../../lib/address/complete.ts'
import { envelopeForm } from '../../lib/address/format.ts'
import { quote } from '../../lib/address/quote.ts'
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { Envelope } from '../../lib/envelope/envelope.ts'
import { failed, ok, type Result } from '../../lib/failure/failure.ts'
import type { Field } from '../../lib/header/fields.ts'
import { addedFields, type Moment } from './added.ts'
import { type Collected, collect, unparsableField } from './collect.ts'
import type { Settings } from './settings.ts'

export interface Rewritten {
  /** All fields, each with its line end; without the empty line. */
  readonly header: ByteString
  readonly envelope: Envelope
}

/** `operands`: the recipients of the command line, raw. */
export function rewrite(
  fields: readonly Field[],
  operands: readonly ByteString[],
  settings: Settings,
  moment: Moment,
): Result<Rewritten> {
  const complete = completeBy(settings.defaults)
  const collected = collect(fields, settings, complete)
  if (!collected.ok) return collected
  const recipients = recipientsOf(collected.value, operands, settings, complete)
  if (!recipients.ok) return recipients
  const sender = senderOf(collected.value.returnPath, settings, complete, moment)
  const shown = settings.isPrinted ? `Return-Path: <${quote(sender)}>\n` : ''
  const added = addedFields(collected.value, settings, complete, moment)
  return ok({
    header: shown + added + collected.value.kept,
    envelope: { sender, recipients: recipients.value },
  })
}

function recipientsOf(
  collected: Collected,
  operands: readonly ByteString[],
  { recipientsFrom }: Settings,
  complete: Complete,
): Result<readonly ByteString[]> {
  const takesHeader =
    recipientsFrom === 'header' ||
    recipientsFrom === 'both' ||
    (recipientsFrom === 'either' && operands.length === 0)
  const named = recipientsFrom === 'header' ? [] : operands
  const recipients = named.map((operand) => envelopeForm(complete(addressTokens(operand))))
  if (!takesHeader) return ok(recipients)
  recipients.push(...collected.recipients)
  // The original queues this for nobody and reports success: the author would never learn of it.
  if (recipients.length === 0 && collected.unparsable !== undefined)
    return failed(unparsableField(collected.unparsable))
  return ok(recipients)
}

function senderOf(
  returnPath: ByteString | undefined,
  settings: Settings,
  complete: Complete,
  { nowMs, pid }: Moment,
): ByteString {
  const { sender, senderUser, senderHost, verpByMessage, verpByRecipient } = settings
  if (sender !== undefined) return envelopeForm(complete(addressTokens(sender)))
  const verp = verpByRecipient ? '-@[]' : ''
  if (returnPath !== undefined && !settings.ignoresReturnPath) return returnPath + verp
  const byMessage = verpByMessage ? `-${Math.floor(nowMs / 1000)}.${pid}` : ''
  const local = senderUser + byMessage + (verpByRecipient ? '-' : '')
  return envelopeForm(complete(mailboxTokens(local, senderHost))) + verp
}
