/**
 * Who may send to whom: rcpthosts, morercpthosts.cdb, badmailfrom, RELAYCLIENT, and in `modern` without rcpthosts
 * whatever is delivered here. qmail-smtpd(8). Pure: what has to be looked up elsewhere comes back as keys.
 */
import { type ByteString, lowerAscii } from '../../lib/bytes/bytes.ts'
import { walkSuffixes } from '../../lib/table/suffix.ts'

/** What is delivered on this host: control/locals and control/virtualdomains, as send routes by them. */
export interface DeliveredHere {
  readonly locals: ReadonlySet<ByteString>
  readonly virtual: ReadonlyMap<ByteString, ByteString>
}

export interface RecipientPolicy {
  /** Domains and `.suffixes`; undefined without the file. */
  readonly rcpthosts: ReadonlySet<ByteString> | undefined
  /** What counts without rcpthosts; undefined: then everything is accepted, as in qmail. */
  readonly here: DeliveredHere | undefined
}

/** `look`: allowed when morercpthosts.cdb has one of the keys. */
export type Judgement =
  | { readonly is: 'allowed' }
  | { readonly is: 'refused' }
  | { readonly is: 'look'; readonly keys: readonly ByteString[] }

const allowed: Judgement = { is: 'allowed' }
const refused: Judgement = { is: 'refused' }

export function judgeRecipient(address: ByteString, { rcpthosts, here }: RecipientPolicy): Judgement {
  const at = address.lastIndexOf('@')
  if (at === -1) return allowed
  const keys = [...walkSuffixes(lowerAscii(address.slice(at + 1)))]
  if (rcpthosts === undefined) return here === undefined || isHere(address, keys, here) ? allowed : refused
  return keys.some((key) => rcpthosts.has(key)) ? allowed : { is: 'look', keys }
}

/** The first key that virtualdomains has decides; an empty value is an exception from a wider line. */
function isHere(
  address: ByteString,
  keys: readonly ByteString[],
  { locals, virtual }: DeliveredHere,
): boolean {
  if (locals.has(keys[0] ?? '')) return true
  const found = [lowerAscii(address), ...keys, ''].find((key) => virtual.has(key))
  return found !== undefined && virtual.get(found) !== ''
}

/** A whole address or `@host`; told at RCPT, so that the log shows who was written to. */
export function isBadSender(sender: ByteString, badmailfrom: ReadonlySet<ByteString>): boolean {
  if (badmailfrom.size === 0 || sender === '') return false
  const address = lowerAscii(sender)
  const at = address.lastIndexOf('@')
  return badmailfrom.has(address) || (at !== -1 && badmailfrom.has(address.slice(at)))
}

/** `joe@[192.0.2.1]` is `joe@localiphost` when that address is ours. */
export function withLocalHost(
  address: ByteString,
  localIpHost: ByteString | undefined,
  isOurs: (ip: string) => boolean,
): ByteString {
  const literal = localIpHost === undefined ? null : /@\[([0-9]{1,3}(?:\.[0-9]{1,3}){3})\]$/.exec(address)
  if (literal === null || !isOurs(literal[1] ?? '')) return address
  return `${address.slice(0, literal.index)}@${localIpHost}`
}
