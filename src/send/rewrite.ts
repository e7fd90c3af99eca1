/**
 * Where a recipient goes: qmail-send(8), "RECIPIENT ADDRESSES". Called for every T record of todo, and backwards for the recipient
 * that a bounce names. Pure: the look-ups are in memory; keys are in lower case (lib/control/lines).
 */
import { type ByteString, lowerAscii } from '../../lib/bytes/bytes.ts'
import type { Channel } from '../../lib/queue/paths.ts'

export interface Routing {
  /** For recipients without an @. */
  readonly envnoathost: ByteString
  readonly percenthack: ReadonlySet<ByteString>
  readonly locals: ReadonlySet<ByteString>
  readonly virtualdomains: ReadonlyMap<ByteString, ByteString>
}

export interface Route {
  readonly channel: Channel
  readonly recipient: ByteString
}

/** The steps in qmail's order; upper and lower case of the address are kept. */
export function rewrite(address: ByteString, routing: Routing): Route {
  const recipient = hackPercent(withDomain(address, routing.envnoathost), routing.percenthack)
  const domain = recipient.slice(recipient.lastIndexOf('@') + 1)
  if (routing.locals.has(lowerAscii(domain))) return { channel: 'local', recipient }
  const prefix = firstOf([recipient, ...domainKeys(domain)], routing.virtualdomains)
  // An empty value is an exception from a wider entry: the address is somebody else's after all.
  if (prefix === undefined || prefix === '') return { channel: 'remote', recipient }
  return { channel: 'local', recipient: `${prefix}-${recipient}` }
}

/**
 * The address as its sender knows it: without the prefix of a virtual domain. The prefix of a virtual user (`user@domain:prefix`)
 * stays, as in the original.
 */
export function withoutPrefix(
  recipient: ByteString,
  virtualdomains: ReadonlyMap<ByteString, ByteString>,
): ByteString {
  const at = recipient.lastIndexOf('@')
  if (at === -1) return recipient
  const prefix = firstOf(domainKeys(recipient.slice(at + 1)), virtualdomains)
  if (prefix === undefined || prefix === '') return recipient
  return recipient.startsWith(`${prefix}-`) ? recipient.slice(prefix.length + 1) : recipient
}

function withDomain(address: ByteString, envnoathost: ByteString): ByteString {
  return address.includes('@') ? address : `${address}@${envnoathost}`
}

/** `user%host@hack` becomes `user@host`, again and again; the last % counts. */
function hackPercent(address: ByteString, percenthack: ReadonlySet<ByteString>): ByteString {
  let hacked = address
  for (;;) {
    const at = hacked.lastIndexOf('@')
    const percent = hacked.slice(0, at).lastIndexOf('%')
    if (percent === -1 || !percenthack.has(lowerAscii(hacked.slice(at + 1)))) return hacked
    hacked = `${hacked.slice(0, percent)}@${hacked.slice(percent + 1, at)}`
  }
}

/** The domain, then what is left of it from each dot on, then nothing. */
function domainKeys(domain: ByteString): ByteString[] {
  const keys = [domain]
  for (let dot = domain.indexOf('.', 1); dot !== -1; dot = domain.indexOf('.', dot + 1)) {
    keys.push(domain.slice(dot))
  }
  return [...keys, '']
}

function firstOf(
  keys: readonly ByteString[],
  map: ReadonlyMap<ByteString, ByteString>,
): ByteString | undefined {
  if (map.size === 0) return undefined
  for (const key of keys) {
    const value = map.get(lowerAscii(key))
    if (value !== undefined) return value
  }
  return undefined
}
