/**
 * The addresses to try for a host, in their order: those of its mail exchangers by preference, or its own, or those of a relay.
 * The best preference that leads to this machine itself ends the list (RFC 5321 §5.1), so that mail does not turn in circles.
 * Pure but for the resolver that it is given. qmail-remote(8), ROUTING; RFC 974, RFC 7505.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { type Family, familyOf } from '../../lib/dns/address.ts'
import type { Resolver } from '../../lib/dns/resolver.ts'
import { literalOf } from './route.ts'

export interface Candidate {
  readonly address: string
  readonly family: Family
  readonly preference: number
}

export type Candidates =
  /** At least one. */
  | { readonly is: 'found'; readonly candidates: readonly Candidate[] }
  /** The host does not exist, or has no address. */
  | { readonly is: 'nosuch' }
  /** Its mail exchangers have no address. */
  | { readonly is: 'nowhere' }
  /** It says that it takes no mail (RFC 7505). */
  | { readonly is: 'nullmx' }
  /** This machine is its best mail exchanger. */
  | { readonly is: 'ambiguous' }
  /** The DNS could not say. */
  | { readonly is: 'later' }

export interface Lookup {
  resolver(): Promise<Resolver>
  /** Which kinds of addresses are wanted, in the order of trying. */
  readonly families: readonly Family[]
  /** Is it an address of this machine? */
  isOwn(address: string): boolean
  /** 0 to 1, for the order of equals. */
  random(): number
  readonly knowsNullMx: boolean
}

/** More are not tried in one delivery: each may take the whole timeout of a connect. */
export const CANDIDATES = 100

/** For a host that mail is addressed to. */
export async function findExchangers(host: ByteString, lookup: Lookup): Promise<Candidates> {
  const literal = literalOf(host)
  if (literal !== undefined) return withoutOwn([{ ...literal, preference: 0 }], Infinity, lookup)
  const { resolveMx } = await lookup.resolver()
  const answer = await resolveMx(host)
  if (answer.is === 'later') return answer
  if (answer.is !== 'found') return ofHost(host, lookup)

  const [only, another] = answer.records
  if (lookup.knowsNullMx && another === undefined && only?.exchange === '') return { is: 'nullmx' }
  const order = answer.records.map((record) => ({ ...record, dice: lookup.random() }))
  order.sort((a, b) => a.preference - b.preference || a.dice - b.dice)
  const found = await Promise.all(
    order.map(async ({ exchange, preference }) => ({ preference, ...(await addressesOf(exchange, lookup)) })),
  )
  const candidates = found.flatMap(({ preference, addresses }) => asCandidates(addresses, preference))
  const uncertain = found.filter(({ isUncertain }) => isUncertain).map(({ preference }) => preference)
  return withoutOwn(candidates, Math.min(...uncertain), lookup)
}

/** For a relay out of smtproutes: nobody asks whether it is this machine. */
export async function findRelay(host: ByteString, lookup: Lookup): Promise<Candidates> {
  const family = familyOf(host)
  if (family !== undefined) return { is: 'found', candidates: [{ address: host, family, preference: 0 }] }
  return ofHost(host, { ...lookup, isOwn: () => false })
}

async function ofHost(host: ByteString, lookup: Lookup): Promise<Candidates> {
  const { addresses, isUncertain } = await addressesOf(host, lookup)
  if (addresses.length === 0) return { is: isUncertain ? 'later' : 'nosuch' }
  return withoutOwn(asCandidates(addresses, 0), Infinity, lookup)
}

interface Addresses {
  readonly addresses: readonly string[]
  /** The DNS could not answer for one of the families. */
  readonly isUncertain: boolean
}

async function addressesOf(host: ByteString, { resolver, families }: Lookup): Promise<Addresses> {
  const { resolveAddresses } = await resolver()
  const answers = await Promise.all(families.map((family) => resolveAddresses(host, family)))
  return {
    addresses: answers.flatMap((answer) => (answer.is === 'found' ? answer.records : [])),
    isUncertain: answers.some((answer) => answer.is === 'later'),
  }
}

function asCandidates(addresses: readonly string[], preference: number): readonly Candidate[] {
  return addresses.flatMap((address) => {
    const family = familyOf(address)
    return family === undefined ? [] : [{ address, family, preference }]
  })
}

/**
 * Only those better than the best that is this machine. `uncertain` is the best preference that may have more addresses than are known:
 * while a better one may be there, nothing is said for good.
 */
function withoutOwn(candidates: readonly Candidate[], uncertain: number, { isOwn }: Lookup): Candidates {
  if (candidates.length === 0) return { is: uncertain < Infinity ? 'later' : 'nowhere' }
  const own = candidates.filter(({ address }) => isOwn(address)).map(({ preference }) => preference)
  const best = Math.min(...own)
  const others = candidates.filter(({ preference }) => preference < best).slice(0, CANDIDATES)
  if (others.length === 0) return { is: uncertain < best ? 'later' : 'ambiguous' }
  return { is: 'found', candidates: others }
}
