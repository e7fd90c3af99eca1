/**
 * One walk over the fields of a header: the text that stays, and what was learned on the way. Addresses are completed where they
 * stand; a field without addresses is kept byte for byte.
 */
import type { Complete } from '../../lib/address/complete.ts'
import { envelopeForm, formatField } from '../../lib/address/format.ts'
import { type AddressList, parseAddressList } from '../../lib/address/list.ts'
import { tokenize } from '../../lib/address/token.ts'
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { failed, ok, permanent, type Result } from '../../lib/failure/failure.ts'
import { type Field, valueOf } from '../../lib/header/fields.ts'
import { deleted, forRecipients, forResent, marksResent, strict } from './fields.ts'
import type { Settings } from './settings.ts'

export interface Collected {
  /** The fields that stay. */
  readonly kept: ByteString
  /** The names of the fields that stay, and of those that were read and deleted. */
  readonly names: ReadonlySet<string>
  readonly isResent: boolean
  /** In envelope form: fields in their order, within a field the rightmost first. */
  readonly recipients: readonly ByteString[]
  /** Those of To and Cc. */
  readonly visible: readonly ByteString[]
  /** The last Return-Path; empty for the null sender. */
  readonly returnPath: ByteString | undefined
  /** A field of recipients that cannot be parsed. */
  readonly unparsable: Field | undefined
}

export function collect(fields: readonly Field[], settings: Settings, complete: Complete): Result<Collected> {
  const isResent = fields.some(({ name }) => marksResent.has(name))
  const names = new Set<string>()
  const recipients: ByteString[] = []
  const visible: ByteString[] = []
  let returnPath: ByteString | undefined
  let unparsable: Field | undefined
  let kept = ''
  for (const field of fields) {
    const { name } = field
    if (name === 'from' && settings.deletesFrom) continue
    if (name === 'message-id' && settings.deletesMessageId) continue
    names.add(name)
    const isList = forRecipients.has(name) || forResent.has(name)
    const list = isList || strict.has(name) ? listIn(field, complete) : undefined
    if (list === undefined && strict.has(name)) return failed(unparsableField(field))
    if (list === undefined && isList) unparsable = field
    const addresses = list?.addresses.map(envelopeForm) ?? []
    if ((isResent ? forResent : forRecipients).has(name))
      for (const address of addresses) if (address !== '') recipients.push(address)
    if (name === 'to' || name === 'cc') visible.push(...addresses)
    if (name === 'return-path') returnPath = addresses.at(-1) ?? returnPath
    if (!deleted.has(name)) kept += list === undefined ? field.raw : rewrittenField(field, list)
  }
  return ok({ kept, names, isResent, recipients, visible, returnPath, unparsable })
}

export function unparsableField(field: Field) {
  return permanent('6.0', `unable to parse this line:\n${field.raw.replace(/\n$/, '')}`)
}

/** Undefined when it is no list of addresses. */
function listIn(field: Field, complete: Complete): AddressList | undefined {
  const tokens = tokenize(valueOf(field))
  return tokens && parseAddressList(tokens, complete)
}

function rewrittenField(field: Field, list: AddressList): ByteString {
  if (list.tokens.length === 0) return field.raw
  const name = field.raw.slice(0, field.name.length)
  return formatField(name, list.tokens)
}
