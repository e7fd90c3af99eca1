/**
 * What the client of a message asked about notifications: the records `x1` of info/N that have RET, ENVID, NOTIFY or ORCPT. An original
 * qmail never writes one. Used by notice.ts and delivery.ts. Pure. RFC 3461 §4; the page extensions, extended envelope.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { parseParameters } from '../../lib/envelope/parameters.ts'
import type { Channel } from '../../lib/queue/paths.ts'

export interface Wishes {
  /** Anything was asked for: the answer is a delivery status notification, whatever control/dsnbounce says. */
  readonly isAsked: boolean
  readonly returned?: 'FULL' | 'HDRS'
  /** ENVID, decoded. */
  readonly envelopeId?: ByteString
}

/** Reads the extras of one message, until it has seen enough. */
export async function wishesOf(extras: AsyncIterable<ByteString>): Promise<Wishes> {
  let wishes: Wishes = { isAsked: false }
  for await (const extra of extras) {
    const parameters = parametersOf(extra)
    const isOfMessage = extra.startsWith('x1 M ')
    // The message's own parameters stand before those of its recipients.
    if (!isOfMessage && wishes.isAsked) return wishes
    if (isOfMessage) wishes = { ...wishes, ...ofMessage(parameters) }
    const isAsked = wishes.isAsked || ['RET', 'ENVID', 'NOTIFY', 'ORCPT'].some((name) => parameters.has(name))
    wishes = { ...wishes, isAsked }
  }
  return wishes
}

function ofMessage(parameters: ReadonlyMap<string, ByteString>): Partial<Wishes> {
  const returned = parameters.get('RET')?.toUpperCase()
  const envelopeId = decodeXtext(parameters.get('ENVID') ?? '')
  return {
    ...((returned === 'FULL' || returned === 'HDRS') && { returned }),
    ...(envelopeId !== undefined && envelopeId !== '' && { envelopeId }),
  }
}

/** Where on this channel the recipients stand whose sender wants to hear of no failure. */
export async function silentOffsets(
  channel: Channel,
  extras: AsyncIterable<ByteString>,
): Promise<ReadonlySet<number>> {
  const file = channel === 'local' ? 'L' : 'R'
  const silent = new Set<number>()
  for await (const extra of extras) {
    const of = /^x1 ([LR]) ([0-9]+) /.exec(extra)
    if (of?.[1] !== file) continue
    if (parametersOf(extra).get('NOTIFY')?.toUpperCase() === 'NEVER') silent.add(Number(of[2]))
  }
  return silent
}

/** By keyword; none when the text is damaged. */
function parametersOf(extra: ByteString): ReadonlyMap<string, ByteString> {
  const text = extra.replace(/^x1 (?:M|[LR] [0-9]+) /, '')
  const parameters = text === extra ? undefined : parseParameters(text)
  return new Map((parameters ?? []).map(({ keyword, value = '' }) => [keyword, value]))
}

/** Undefined when it is no xtext, or hides a byte that may not be shown. RFC 3461 §4 */
export function decodeXtext(text: ByteString): ByteString | undefined {
  if (!/^(?:[!-*,-<>-~]|\+[0-9A-F]{2})*$/.test(text)) return undefined
  const plain = text.replaceAll(/\+([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return /^[ -~]*$/.test(plain) ? plain : undefined
}
