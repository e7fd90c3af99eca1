/**
 * What the DNS says, as remote needs it. Four outcomes that callers must keep apart: a name that does not exist and a name
 * without such records are facts (a permanent failure may rest on them); everything else, from SERVFAIL to silence to garbage, is
 * `later`. RFC 1035 §4.1.1; RFC 2308.
 */
import type { ByteString } from '../bytes/bytes.ts'

export type Answer<T> =
  /** At least one record. */
  | { readonly is: 'found'; readonly records: readonly T[] }
  /** NXDOMAIN: the name does not exist. */
  | { readonly is: 'nosuch' }
  /** The name exists and has no record of this type. */
  | { readonly is: 'nodata' }
  /** Nobody could say. `cause` is for the log. */
  | { readonly is: 'later'; readonly cause: string }

export interface Mx {
  readonly preference: number
  /** A host name without its final dot; empty: the root, which as the only record means "no mail" (RFC 7505). */
  readonly exchange: ByteString
}

/** The types of records that are asked for; later ones (TLSA, TXT) join here. */
export type RecordType = 'MX' | 'A' | 'AAAA'

export interface Question {
  readonly type: RecordType
  /** Lower case, no final dot; isDomainName() holds. */
  readonly name: ByteString
}

/** The same before records are given their meaning, with the seconds that it may be kept. */
export type Response =
  | { readonly is: 'found'; readonly records: readonly (Mx | string)[]; readonly ttlSeconds: number }
  | { readonly is: 'nosuch' | 'nodata'; readonly ttlSeconds: number }
  | { readonly is: 'later'; readonly cause: string }

/** Put a question to somebody who knows. It never throws, and it has its answer in bounded time. */
export type Ask = (question: Question) => Promise<Response>
