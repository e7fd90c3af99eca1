/** The fields that a message lacks, in the order in which they go on top. qmail-inject(8), qmail-header(5). */
import { type Complete, mailboxTokens } from '../../lib/address/complete.ts'
import { comment, envelopeForm, quoted } from '../../lib/address/format.ts'
import { quote } from '../../lib/address/quote.ts'
import { type ByteString, lowerAscii } from '../../lib/bytes/bytes.ts'
import { compactDate, headerDate } from '../../lib/date/date.ts'
import type { Collected } from './collect.ts'
import type { Settings } from './settings.ts'

/** When, and by which process: together they make a Message-ID that no other message has. */
export interface Moment {
  readonly nowMs: number
  readonly pid: number
}

export function addedFields(
  collected: Collected,
  settings: Settings,
  complete: Complete,
  moment: Moment,
): ByteString {
  const { names, isResent } = collected
  const prefix = isResent ? 'resent-' : ''
  const shown = isResent ? 'Resent-' : ''
  const lacks = (name: string): boolean => !names.has(`${prefix}${name}`)
  let added = ''
  if (lacks('date')) added += `${shown}Date: ${headerDate(moment.nowMs)}\n`
  if (lacks('message-id')) added += `${shown}Message-ID: ${messageId(settings, moment)}\n`
  if (lacks('from')) added += `${shown}From: ${author(settings, complete)}\n`
  if (lacks('to') && lacks('cc')) added += `${shown}Cc: recipient list not shown: ;\n`
  return isResent ? added : added + followup(collected, settings)
}

function messageId({ idHost }: Settings, { nowMs, pid }: Moment): ByteString {
  return `<${compactDate(nowMs)}.${pid}.qmail@${idHost}>`
}

function author({ user, host, name, nameIsComment }: Settings, complete: Complete): ByteString {
  const address = quote(envelopeForm(complete(mailboxTokens(user, host))))
  if (name === undefined) return address
  const line = name.replace(/[\r\n]+/g, ' ')
  return nameIsComment ? `${address} ${comment(line)}` : `${quoted(line)} <${address}>`
}

/** Who writes to a list that he reads wants answers there: the addresses of To and Cc, the last one first. */
function followup({ names, visible }: Collected, { lists }: Settings): ByteString {
  if (lists === undefined || names.has('mail-followup-to')) return ''
  if (!visible.some((address) => lists.has(lowerAscii(address)))) return ''
  return `Mail-Followup-To: ${[...visible].reverse().map(quote).join(',\n  ')}\n`
}
