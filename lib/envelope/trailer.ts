/**
 * What stands after the envelope's terminator on descriptor 1, where it carries ESMTP parameters: `E1\0`, perhaps `M<parameters>\0`, then
 * `R<index> <parameters>\0` for recipients in ascending order of their index (from 0), then `\0`. An original qmail-queue never
 * reads it. The reader takes chunks as they come and keeps one record; what does not begin with `E1\0` is nothing at all.
 */
import { type ByteString, byteString } from '../bytes/bytes.ts'
import type { Parameters } from './envelope.ts'
import { PARAMETER_BYTES, parseParameters } from './parameters.ts'

const VERSION = 'E1'
/** A letter, seven digits and a space before the parameters. */
const TRAILER_RECORD_BYTES = PARAMETER_BYTES + 9

/** Empty without parameters. */
export function encodeTrailer({ mail, rcpt }: Parameters): ByteString {
  if (mail === '' && rcpt.size === 0) return ''
  const indexes = [...rcpt.keys()].sort((a, b) => a - b)
  const recipients = indexes.map((index) => `R${index} ${rcpt.get(index) ?? ''}\0`)
  return `${VERSION}\0${mail === '' ? '' : `M${mail}\0`}${recipients.join('')}\0`
}

/** One recipient's parameters; undefined when the record is none. */
export function recipientParameters(
  record: ByteString,
): { readonly index: number; readonly parameters: ByteString } | undefined {
  const [, digits, parameters] = /^R(0|[1-9][0-9]{0,6}) (.*)$/s.exec(record) ?? []
  if (digits === undefined || parameters === undefined) return undefined
  return { index: Number(digits), parameters }
}

export interface TrailerReader {
  /** The R records that these bytes complete, with their NULs and checked; undefined: this is no trailer of ours, refuse it. */
  read(chunk: Uint8Array): ByteString | undefined
  /** The message's parameters; empty without. */
  readonly mail: ByteString
  /** `none`: nothing, or nothing of ours. `cut`: it began and has no end. */
  readonly found: 'none' | 'cut' | 'whole'
}

/** `recipients`: how many the envelope has. */
export function trailerReader(recipients: number): TrailerReader {
  let expected: 'version' | 'record' | 'nothing' = 'version'
  let found: TrailerReader['found'] = 'none'
  let rest = ''
  let mail = ''
  let last = -1

  /** The record if it goes into the file, nothing if it does not; undefined: trouble. */
  const take = (record: ByteString): ByteString | undefined => {
    if (expected === 'version') {
      expected = record === VERSION ? 'record' : 'nothing'
      if (expected === 'record') found = 'cut'
      return ''
    }
    if (record === '') {
      expected = 'nothing'
      found = 'whole'
      return ''
    }
    if (record.startsWith('M')) {
      if (mail !== '' || last !== -1 || parseParameters(record.slice(1)) === undefined) return undefined
      mail = record.slice(1)
      return ''
    }
    const recipient = recipientParameters(record)
    if (recipient === undefined || recipient.index <= last || recipient.index >= recipients) return undefined
    if (parseParameters(recipient.parameters) === undefined) return undefined
    last = recipient.index
    return `${record}\0`
  }

  return {
    read(chunk) {
      let records = ''
      let at = 0
      while (expected !== 'nothing') {
        const end = chunk.indexOf(0, at)
        rest += byteString(chunk.subarray(at, end === -1 ? chunk.length : end))
        if (expected === 'version' && !VERSION.startsWith(rest)) expected = 'nothing'
        else if (rest.length > TRAILER_RECORD_BYTES) return undefined
        if (end === -1 || expected === ('nothing' as string)) break
        at = end + 1
        const taken = take(rest)
        if (taken === undefined) return undefined
        records += taken
        rest = ''
      }
      return records
    },
    get mail() {
      return mail
    },
    get found() {
      return found
    },
  }
}
