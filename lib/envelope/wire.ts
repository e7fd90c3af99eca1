/**
 * The envelope as qmail-queue reads it from descriptor 1: `F<sender>\0`, then `T<recipient>\0` for each recipient, then one more
 * `\0`. qmail-queue(8). Where it carries ESMTP parameters, a trailer follows (trailer.ts), and those that must be honoured stand
 * as `X<parameters>\0` before the first T as well: an original refuses that with 91. The reader takes chunks as they come, keeps
 * nothing but lengths and X, and passes on the bytes that belong into todo: the records F and T without the last NUL.
 */
import { type ByteString, byteString, bytesOf, concat } from '../bytes/bytes.ts'
import { ADDRESS_BYTES, type Envelope } from './envelope.ts'
import { HONOURED, mustHonour, PARAMETER_BYTES, parseParameters, withParameters } from './parameters.ts'
import { encodeTrailer } from './trailer.ts'

export function encodeEnvelope({ sender, recipients, parameters }: Envelope): Buffer {
  const must = parameters === undefined ? '' : mustHonour([parameters.mail, ...parameters.rcpt.values()])
  const addresses = `F${sender}\0${must === '' ? '' : `X${must}\0`}${recipients.map(encodeRecipient).join('')}`
  return bytesOf(`${addresses}\0${parameters === undefined ? '' : encodeTrailer(parameters)}`)
}

const encodeRecipient = (recipient: ByteString): ByteString => `T${recipient}\0`

/** Does the wire of this envelope have an X? Then 91 means: the queue cannot honour it. */
export function mustBeHonoured({ parameters }: Envelope): boolean {
  return parameters !== undefined && mustHonour([parameters.mail, ...parameters.rcpt.values()]) !== ''
}

/** Why an envelope cannot be taken: the rows of exitcode.ts speak of the same three. */
export type EnvelopeTrouble = 'addressTooLong' | 'envelopeFormat'

/** What the reader made of a chunk: the bytes for todo, whether the final NUL was among them, and what followed it. */
export type Read =
  | { readonly ok: true; readonly records: Uint8Array; readonly done: boolean; readonly rest: Uint8Array }
  | { readonly ok: false; readonly trouble: EnvelopeTrouble }

const F = 70
const T = 84
const X = 88

export interface EnvelopeReader {
  /** After `done` everything is `rest`; after trouble, further chunks are ignored. */
  read(chunk: Uint8Array): Read
  readonly isDone: boolean
  /** How many so far. */
  readonly recipients: number
  /** The parameters that X demands; empty without. */
  readonly demanded: ByteString
}

export interface ReaderOptions {
  /** Understand X. Without it X is as unknown as every other letter. */
  readonly extended?: boolean
  /** Keywords that X may demand; HONOURED unless given. */
  readonly honoured?: ReadonlySet<ByteString>
}

const none = new Uint8Array(0)

export function envelopeReader({
  extended = false,
  honoured = HONOURED,
}: ReaderOptions = {}): EnvelopeReader {
  let expected: 'sender' | 'letter' | 'address' | 'demand' | 'nothing' = 'sender'
  let addressBytes = 0
  let recipients = 0
  let demand = ''
  let demanded = ''

  const trouble = (why: EnvelopeTrouble): Read => {
    expected = 'nothing'
    return { ok: false, trouble: why }
  }

  /** The trouble with this X, if there is any. */
  const takeDemand = (): EnvelopeTrouble | undefined => {
    const isKnown = parseParameters(demand)?.every(({ keyword }) => honoured.has(keyword)) ?? false
    demanded = withParameters(demanded, demand)
    return isKnown && demanded.length <= PARAMETER_BYTES ? undefined : 'envelopeFormat'
  }

  const read = (chunk: Uint8Array): Read => {
    if (expected === 'nothing') return { ok: true, records: none, done: true, rest: chunk }
    const parts: Uint8Array[] = []
    let from = expected === 'demand' ? chunk.length : 0
    let at = 0
    const records = (to: number): Uint8Array => {
      if (parts.length === 0) return chunk.subarray(from, to)
      return concat([...parts, chunk.subarray(from, to)])
    }
    while (at < chunk.length) {
      if (expected === 'address' || expected === 'demand') {
        const end = chunk.indexOf(0, at)
        const to = end === -1 ? chunk.length : end
        addressBytes += to - at
        if (expected === 'address' && addressBytes > ADDRESS_BYTES) return trouble('addressTooLong')
        if (expected === 'demand') {
          if (addressBytes > PARAMETER_BYTES) return trouble('envelopeFormat')
          demand += byteString(chunk.subarray(at, to))
        }
        if (end === -1) break
        at = end + 1
        if (expected === 'demand') {
          const why = takeDemand()
          if (why !== undefined) return trouble(why)
          from = at
        }
        expected = 'letter'
        continue
      }
      const letter = chunk[at]
      if (letter === 0 && expected === 'letter') {
        expected = 'nothing'
        return { ok: true, records: records(at), done: true, rest: chunk.subarray(at + 1) }
      }
      addressBytes = 0
      if (extended && letter === X && expected === 'letter' && recipients === 0) {
        parts.push(chunk.subarray(from, at))
        from = chunk.length
        demand = ''
        expected = 'demand'
      } else {
        if (letter !== (expected === 'sender' ? F : T)) return trouble('envelopeFormat')
        if (letter === T) recipients += 1
        expected = 'address'
      }
      at += 1
    }
    return { ok: true, records: records(chunk.length), done: false, rest: none }
  }

  return {
    read,
    get isDone() {
      return expected === 'nothing'
    },
    get recipients() {
      return recipients
    },
    get demanded() {
      return demanded
    },
  }
}
