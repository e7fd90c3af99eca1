/**
 * Questions as bytes, and bytes as answers: RFC 1035 §4 by the package dns-packet, with what it leaves to its user. A datagram counts
 * only when its id and its question are ours; a chain of aliases is followed from the name that was asked for; a record that
 * belongs to no name of the chain is not looked at. Pure; called by by-net.ts.
 */
import {
  type Answer as PacketRecord,
  type DecodedPacket,
  decode,
  encode,
  RECURSION_DESIRED,
} from 'dns-packet'
import { fromText } from '../bytes/bytes.ts'
import type { Mx, Question, Response } from './answer.ts'
import { canonicalName } from './name.ts'

/** What we take in one datagram: no fragments on any path in use (RFC 6891 §6.2.5, DNS flag day 2020). */
export const UDP_PAYLOAD_BYTES = 1232

/** More aliases in a row than this are a loop or a mistake. */
const ALIASES = 10
/** Of more records than this the first are used; of mail exchangers, the most preferred. */
export const RECORDS_PER_ANSWER = 100

/** The bytes of a question. Some old servers want none of EDNS: they are asked again without. */
export function encodeQuestion({ name, type }: Question, id: number, edns: boolean): Buffer {
  const opt: PacketRecord = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_PAYLOAD_BYTES,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  }
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ type, name, class: 'IN' }],
    additionals: edns ? [opt] : [],
  })
}

export type Reading =
  /** Not an answer to this question, or nothing that can be read: as if it had not come. */
  | { readonly is: 'foreign' }
  /** The rest has to be fetched by TCP. */
  | { readonly is: 'truncated' }
  /** This server cannot or will not say; perhaps another one. */
  | { readonly is: 'failure'; readonly rcode: string; readonly edns: 'unknown' | 'fine' }
  | { readonly is: 'response'; readonly response: Response }

export function readAnswer(bytes: Uint8Array, question: Question, id: number): Reading {
  let packet: DecodedPacket
  try {
    packet = decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  } catch {
    return { is: 'foreign' }
  }
  if (!packet.flag_qr || packet.id !== id) return { is: 'foreign' }
  const rcode = rcodeOf(packet)
  const isNegative = rcode === 'NXDOMAIN'
  if (rcode !== 'NOERROR' && !isNegative) {
    // Servers that give up early may leave out the question.
    if (!asks(packet, question) && (packet.questions ?? []).length > 0) return { is: 'foreign' }
    return { is: 'failure', rcode, edns: rcode === 'FORMERR' || rcode === 'NOTIMP' ? 'unknown' : 'fine' }
  }
  if (!asks(packet, question)) return { is: 'foreign' }
  if (packet.flag_tc) return { is: 'truncated' }
  return { is: 'response', response: responseOf(packet, question, isNegative) }
}

function rcodeOf(packet: DecodedPacket): string {
  return 'rcode' in packet && typeof packet.rcode === 'string' ? packet.rcode : 'unreadable'
}

function asks(packet: DecodedPacket, { name, type }: Question): boolean {
  const [asked, another] = packet.questions ?? []
  if (asked === undefined || another !== undefined) return false
  return asked.type === type && asked.class === 'IN' && canonicalName(fromText(asked.name)) === name
}

function responseOf(packet: DecodedPacket, question: Question, isNegative: boolean): Response {
  const answers = packet.answers ?? []
  const chain = followAliases(answers, question)
  if (chain === undefined) return { is: 'later', cause: 'alias loop' }
  const found = answers.flatMap((record) =>
    record.type === question.type && nameOf(record) === chain.name ? [record] : [],
  )
  if (isNegative || found.length === 0) {
    const ttlSeconds = Math.min(chain.ttlSeconds, negativeTtl(packet))
    return { is: isNegative ? 'nosuch' : 'nodata', ttlSeconds }
  }
  const ttlSeconds = Math.min(chain.ttlSeconds, ...found.slice(0, RECORDS_PER_ANSWER).map(ttlOf))
  return { is: 'found', records: valuesOf(found).slice(0, RECORDS_PER_ANSWER), ttlSeconds }
}

interface Chain {
  readonly name: string
  readonly ttlSeconds: number
}

function followAliases(answers: readonly PacketRecord[], { name }: Question): Chain | undefined {
  let chain: Chain = { name, ttlSeconds: Infinity }
  for (let hops = 0; hops <= ALIASES; hops++) {
    const alias = answers.find((record) => record.type === 'CNAME' && nameOf(record) === chain.name)
    if (alias?.type !== 'CNAME') return chain
    chain = {
      name: canonicalName(fromText(String(alias.data))),
      ttlSeconds: Math.min(chain.ttlSeconds, ttlOf(alias)),
    }
  }
  return undefined
}

function valuesOf(records: readonly PacketRecord[]): readonly (Mx | string)[] {
  const values = records.flatMap((record): (Mx | string)[] => {
    if (record.type === 'A' || record.type === 'AAAA') return [record.data]
    if (record.type !== 'MX') return []
    return [
      { preference: record.data.preference ?? 0, exchange: canonicalName(fromText(record.data.exchange)) },
    ]
  })
  return values.sort((a, b) =>
    typeof a === 'string' || typeof b === 'string' ? 0 : a.preference - b.preference,
  )
}

/** RFC 2308 §5: the SOA's own TTL or its minimum, whichever is less; without an SOA nothing is kept. */
function negativeTtl(packet: DecodedPacket): number {
  const soa = (packet.authorities ?? []).find((record) => record.type === 'SOA')
  return soa?.type === 'SOA' ? Math.min(ttlOf(soa), soa.data.minimum ?? 0) : 0
}

function nameOf(record: PacketRecord): string {
  return canonicalName(fromText(record.name))
}

function ttlOf(record: PacketRecord): number {
  return 'ttl' in record ? (record.ttl ?? 0) : 0
}
