/**
 * The envelope on its way into intd/N: the records F and T are written as they come. When it turns out at its end that there are parameters, the
 * file is written anew with each carrier behind its record (carriers.ts). Called by queue.ts. Page: queue.8.md, "Parameters".
 */
import { bytesOf } from '../../lib/bytes/bytes.ts'
import { withParameters } from '../../lib/envelope/parameters.ts'
import { type TrailerReader, trailerReader } from '../../lib/envelope/trailer.ts'
import { envelopeReader } from '../../lib/envelope/wire.ts'
import { failed, ok, type Result } from '../../lib/failure/failure.ts'
import type { Draft } from '../../lib/queue/draft.ts'
import { exit, queueFailure, type QueueFailure } from '../../lib/queue/exitcode.ts'
import { addCarriers } from './carriers.ts'

export interface EnvelopeIntake {
  /** As on descriptor 1; after a failure nothing more may come. */
  take(bytes: Uint8Array): Promise<Result<undefined, QueueFailure>>
  readonly isComplete: boolean
  /** The descriptor is at its end: the file is as send is to read it, or there is a failure. */
  end(): Promise<Result<undefined, QueueFailure>>
}

export interface EnvelopeOptions {
  readonly uid: number
  readonly qp: number
  readonly extended: boolean
}

export function envelopeIntake(draft: Draft, { uid, qp, extended }: EnvelopeOptions): EnvelopeIntake {
  const reader = envelopeReader({ extended })
  let ids: Uint8Array | undefined = bytesOf(`u${uid}\0p${qp}\0`)
  let recordBytes = 0
  let trailerBytes = 0
  let trailer: TrailerReader | undefined

  const refuse = async (code: number): Promise<Result<undefined, QueueFailure>> => {
    // The file exists before the envelope is looked at, as in qmail: the sweeper finds mess and intd.
    await draft.writeEnvelope()
    return failed(queueFailure(code))
  }

  /** Recipients' parameters wait in the file itself, behind the records. */
  const takeTrailer = async (bytes: Uint8Array): Promise<Result<undefined, QueueFailure>> => {
    trailer ??= trailerReader(reader.recipients)
    const records = trailer.read(bytes)
    if (records === undefined) return refuse(exit.envelopeFormat)
    if (records === '') return ok()
    trailerBytes += records.length
    return draft.writeEnvelope(bytesOf(records))
  }

  return {
    get isComplete() {
      return reader.isDone && !extended
    },
    async take(bytes) {
      const read = reader.read(bytes)
      if (!read.ok) return refuse(exit[read.trouble])
      const parts = ids === undefined ? [read.records] : [ids, read.records]
      ids = undefined
      for (const part of parts) recordBytes += part.length
      const written = await draft.writeEnvelope(...parts)
      if (!written.ok || !extended || read.rest.length === 0) return written
      return takeTrailer(read.rest)
    },
    async end() {
      if (!reader.isDone) return failed(queueFailure(exit.readError, 'the envelope has no end'))
      if (trailer?.found === 'cut') return failed(queueFailure(exit.readError, 'the parameters have no end'))
      const mail = withParameters(trailer?.mail ?? '', reader.demanded)
      if (mail === '' && trailerBytes === 0) return ok()
      return draft.rewriteEnvelope((old, write) =>
        addCarriers(old, { recordBytes, trailerBytes, mail }, write),
      )
    },
  }
}
