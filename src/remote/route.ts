/**
 * Where the mail for a host goes instead of where the DNS says: the map smtproutes, looked up as qmail does. Pure.
 * qmail-remote(8), CONTROL FILES, smtproutes.
 */
import { type ByteString, lowerAscii } from '../../lib/bytes/bytes.ts'
import { type Family, familyOf } from '../../lib/dns/address.ts'

export interface Relay {
  /** A host name, or an address without brackets. */
  readonly host: ByteString
  readonly port: number
}

export const SMTP_PORT = 25

/**
 * The relay for this host; undefined: ask the DNS. The host itself is looked up, then what follows it from each dot on (`.b.c`), then
 * the empty key; the first hit counts, and an empty value means the DNS.
 */
export function routeFor(routes: ReadonlyMap<ByteString, ByteString>, host: ByteString): Relay | undefined {
  const name = lowerAscii(host)
  for (let at = 0; at !== -1; at = name.indexOf('.', at + 1)) {
    const value = routes.get(name.slice(at))
    if (value !== undefined) return relayOf(value)
  }
  const everything = routes.get('')
  return everything === undefined ? undefined : relayOf(everything)
}

/** `relay`, `relay:port`, `[192.0.2.1]:port`, `[2001:db8::1]:port`; what follows the digits of the port is not used. */
function relayOf(value: ByteString): Relay | undefined {
  if (value === '') return undefined
  const bracketed = /^(\[[^\]]*\])(?::(\d*))?/.exec(value)
  if (bracketed !== null) {
    const [, text = '', digits] = bracketed
    return { host: literalOf(text)?.address ?? text, port: portOf(digits) }
  }
  if (familyOf(value) === 6) return { host: value, port: SMTP_PORT }
  const colon = value.indexOf(':')
  if (colon === -1) return { host: value, port: SMTP_PORT }
  return { host: value.slice(0, colon), port: portOf(/^\d*/.exec(value.slice(colon + 1))?.[0]) }
}

/** 0 is no port: connecting fails, and the mail stays in the queue until the file is put right. */
function portOf(digits: string | undefined): number {
  if (digits === undefined) return SMTP_PORT
  const port = Number(digits)
  return port < 65_536 ? port : 0
}

export interface Literal {
  readonly address: string
  readonly family: Family
}

/** An address that stands where a host name could: `192.0.2.1`, `[192.0.2.1]`, `[IPv6:2001:db8::1]` (RFC 5321 §4.1.3). */
export function literalOf(host: ByteString): Literal | undefined {
  const inside = /^\[(?:IPv6:)?([^\]]*)\]$/i.exec(host)?.[1]
  const address = inside ?? host
  const family = familyOf(address)
  // Without brackets only the form that cannot be anything else.
  return family === undefined || (family === 6 && inside === undefined) ? undefined : { address, family }
}
