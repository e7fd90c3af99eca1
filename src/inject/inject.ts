/**
 * The work of inject: a message as a person or a script writes it goes into the queue as one that may travel. The header is held in
 * memory, up to a limit; the body streams through. Nothing is submitted before the header was understood.
 * Manual: inject.8.md
 */
import { type ByteString, bytesOf, LF } from '../../lib/bytes/bytes.ts'
import { failed, ok, type Result, temporary } from '../../lib/failure/failure.ts'
import { FieldReader, type Header } from '../../lib/header/fields.ts'
import type { OpenSubmission, Queued, Submission } from '../../lib/queue/submission.ts'
import { queueText } from '../../lib/queue/exitcode.ts'
import type { Moment } from './added.ts'
import { rewrite } from './rewrite.ts'
import type { Settings } from './settings.ts'

/** A longer header is refused: no mail program makes one, and no other server takes it. */
export const HEADER_BYTES = 1024 * 1024

const NEWLINE = bytesOf('\n')

export async function inject(
  input: AsyncIterable<Uint8Array>,
  operands: readonly ByteString[],
  settings: Settings,
  moment: Moment,
  open: OpenSubmission,
): Promise<Result<Queued>> {
  const chunks = readable(input)
  const header = await readHeader(chunks)
  if (!header.ok) return header
  const rewritten = rewrite(header.value.fields, operands, settings, moment)
  if (!rewritten.ok) return rewritten
  const opened = await open()
  if (!opened.ok) return failed({ ...opened.failure, text: queueText(opened.failure) })
  const submission = opened.value
  await submission.write(bytesOf(rewritten.value.header))
  const body = await copyBody(header.value, chunks, submission)
  if (!body.ok) {
    await submission.abort()
    return body
  }
  const queued = await submission.commit(rewritten.value.envelope)
  return queued.ok ? queued : failed({ ...queued.failure, text: queueText(queued.failure) })
}

/** What comes in, or the failure that ended it. */
type Chunk = Result<Uint8Array>

async function* readable(input: AsyncIterable<Uint8Array>): AsyncGenerator<Chunk, void, void> {
  try {
    for await (const bytes of input) yield ok(bytes)
  } catch (error) {
    yield failed(temporary('3.0', 'unable to read message', error))
  }
}

async function readHeader(chunks: AsyncGenerator<Chunk, void, void>): Promise<Result<Header>> {
  const reader = new FieldReader(HEADER_BYTES)
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    if (!next.value.ok) return next.value
    const header = reader.receive(next.value.value)
    if (!header.ok) return header
    if (header.value !== undefined) return ok(header.value)
  }
  return reader.finish()
}

/** All that follows the header, the empty line first; a last line without LF gets one. */
async function copyBody(
  header: Header,
  chunks: AsyncGenerator<Chunk, void, void>,
  submission: Submission,
): Promise<Result<undefined>> {
  if (header.end !== 'message') await submission.write(NEWLINE)
  let last = LF
  const copy = async (bytes: Uint8Array): Promise<void> => {
    if (bytes.length === 0) return
    await submission.write(bytes)
    last = bytes.at(-1) ?? last
  }
  await copy(header.rest)
  for await (const chunk of chunks) {
    if (!chunk.ok) return chunk
    await copy(chunk.value)
  }
  if (last !== LF) await submission.write(NEWLINE)
  return ok()
}
