/**
 * A bounce as a stream of bytes, in one of two shapes: qmail's (QSBMF and the message), or a multipart/report around the same words. For
 * the second all is read once before, because its header says which bytes come, and its boundary must not occur in them.
 * Nothing is ever held but one chunk, one paragraph and a header. Throws the system's error. Called by finish.ts. RFC 6522
 */
import { type ByteString, byteString, bytesOf, LF } from '../../lib/bytes/bytes.ts'
import type { Kept } from '../../lib/queue/keeper.ts'
import type { Bounce } from './bounce.ts'
import { closing, humanPart, originalPart, recipientFields, reportHeader, statusPart } from './dsn.ts'
import { ByteLook } from './look.ts'
import { type Wishes, wishesOf } from './parameters.ts'
import { failureOf, ParagraphReader } from './report.ts'

type Chunks = AsyncIterable<Uint8Array>

/** What is told, each readable as often as one likes. */
export interface Told {
  readonly birthSeconds: number
  readonly extras: () => AsyncIterable<ByteString>
  readonly paragraphs: () => Chunks
  readonly sizeBytes: () => Promise<Kept<number>>
  readonly message: () => Chunks
}

export interface Form {
  readonly bouncehost: ByteString
  readonly isReport: boolean
  readonly maxBytes: number
  readonly nowMs: number
  /** A word that nobody can guess and that was never given before. */
  readonly token: () => string
}

/** Of a larger header only its beginning is returned. */
export const HEADER_BYTES = 65_536
/** A token that occurs in the message is replaced so often; a random one never has to be. */
const TOKENS = 10

export async function* bounceMessage(bounce: Bounce, told: Told, form: Form): AsyncGenerator<Uint8Array> {
  const wishes = await wishesOf(told.extras())
  // A notification without a recipient would be none: then all is in the words.
  if ((form.isReport || wishes.isAsked) && (await hasFailure(told))) yield* report(bounce, told, form, wishes)
  else yield* plain(bounce, told)
}

async function* plain({ header, greeting, divider }: Bounce, told: Told): AsyncGenerator<Uint8Array> {
  yield bytesOf(`${header}\n${greeting}`)
  yield* told.paragraphs()
  yield bytesOf(divider)
  yield* told.message()
}

async function hasFailure(told: Told): Promise<boolean> {
  for await (const fields of recipients(told)) if (fields !== '') return true
  return false
}

async function* report(
  { header, greeting }: Bounce,
  told: Told,
  form: Form,
  wishes: Wishes,
): AsyncGenerator<Uint8Array> {
  const words = async function* (): AsyncGenerator<Uint8Array> {
    yield bytesOf(greeting)
    yield* told.paragraphs()
  }
  const { isWhole, original } = await returned(told, form, wishes)
  const { boundary, looks } = await findBoundary([words, original], form.token)
  const [ofWords, ofOriginal] = looks
  const facts = { boundary, token: form.token(), host: form.bouncehost, nowMs: form.nowMs, parts: looks }
  yield bytesOf(header + reportHeader(facts) + humanPart(boundary, ofWords))
  yield* words()
  yield bytesOf(statusPart(boundary, { host: form.bouncehost, ...told, ...wishes }))
  for await (const fields of recipients(told)) if (fields !== '') yield bytesOf(fields)
  yield bytesOf(originalPart(boundary, isWhole, ofOriginal))
  yield* original()
  yield bytesOf(closing(boundary))
}

/** The fields of the recipients, as the paragraphs come. */
async function* recipients(told: Told): AsyncGenerator<ByteString> {
  const reader = new ParagraphReader()
  const fields = (paragraphs: readonly ByteString[]): ByteString =>
    paragraphs
      .map(failureOf)
      .map((failure) => (failure === undefined ? '' : recipientFields(failure)))
      .join('')
  for await (const chunk of told.paragraphs()) yield fields(reader.receive(chunk))
  yield fields(reader.end())
}

/** What comes back of the message: the sender's wish first, then its size. */
async function returned(
  told: Told,
  { maxBytes }: Form,
  { returned: wish }: Wishes,
): Promise<{ readonly isWhole: boolean; readonly original: () => Chunks }> {
  const size = await told.sizeBytes()
  if (!size.ok) throw new Error(size.failure.text, { cause: size.failure.cause })
  const isWhole = wish === 'FULL' || (wish !== 'HDRS' && (maxBytes === 0 || size.value <= maxBytes))
  if (isWhole) return { isWhole, original: told.message }
  const header = await headerOf(told.message())
  return {
    isWhole,
    original: async function* () {
      yield header
    },
  }
}

/** Without the empty line at its end; cut at a line when it is too long. */
export async function headerOf(message: Chunks): Promise<Uint8Array> {
  let text = ''
  for await (const chunk of message) {
    text += byteString(chunk)
    if (/^\r?\n/.test(text)) return new Uint8Array()
    const end = text.search(/\n\r?\n/)
    if (end !== -1 && end < HEADER_BYTES) return bytesOf(text.slice(0, end + 1))
    if (text.length > HEADER_BYTES) break
  }
  const bytes = bytesOf(text)
  return bytes.length <= HEADER_BYTES ? bytes : bytes.subarray(0, bytes.lastIndexOf(LF, HEADER_BYTES - 1) + 1)
}

/** A boundary that occurs in none of the parts, and what these are made of. */
async function findBoundary(
  parts: readonly [words: () => Chunks, original: () => Chunks],
  token: () => string,
): Promise<{ readonly boundary: string; readonly looks: readonly [ByteLook, ByteLook] }> {
  for (let tokens = 0; tokens < TOKENS; tokens++) {
    const boundary = token()
    const looks = [await lookAt(parts[0](), boundary), await lookAt(parts[1](), boundary)] as const
    if (!looks.some((look) => look.hasWord)) return { boundary, looks }
  }
  throw new Error('no token is free')
}

async function lookAt(chunks: Chunks, boundary: string): Promise<ByteLook> {
  const look = new ByteLook(boundary)
  for await (const chunk of chunks) look.receive(chunk)
  return look
}
