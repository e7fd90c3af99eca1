/**
 * The reports that spawners write to qmail-send: one byte of delivery number, a letter, a text, NUL. Written by lspawn and
 * rspawn in any order, read by send, who does not trust them: a report is kept to REPORT_BYTES and any letter may come.
 * qmail-send(8), qmail-lspawn(8), qmail-rspawn(8).
 */
import { type ByteString, byteString, bytesOf, NUL } from '../bytes/bytes.ts'
import type { Letter, Report } from '../delivery/delivery.ts'

export interface NumberedReport {
  readonly delnum: number
  /** One byte, or empty when the report ended before it. Anything but K, Z and D is mangled: see reportOf. */
  readonly letter: ByteString
  readonly text: ByteString
}

/** What send keeps of one report, its delivery number and letter counted in. */
export const REPORT_BYTES = 10000

/** One report as bytes. The text ends at its first NUL, since the reader would end it there. */
export function encodeReport(delnum: number, letter: Letter, text: ByteString): Buffer {
  const end = text.indexOf('\0')
  const bytes = bytesOf(`\0${letter}${end === -1 ? text : text.slice(0, end)}\0`)
  bytes.writeUInt8(delnum, 0)
  return bytes
}

/** The report that the port knows, or undefined when the spawner's letter is none (`report mangled, will defer`). */
export function reportOf({ letter, text }: NumberedReport): Report | undefined {
  return letter === 'K' || letter === 'Z' || letter === 'D' ? { letter, text } : undefined
}

/** Cuts a stream of reports. Memory: one report of REPORT_BYTES; what is longer is dropped up to its NUL. */
export class ReportReader {
  #delnum: number | undefined
  #said = ''

  /** The reports that these bytes complete, in order. */
  receive(chunk: Uint8Array): NumberedReport[] {
    const reports: NumberedReport[] = []
    let at = 0
    while (at < chunk.length) {
      if (this.#delnum === undefined) {
        this.#delnum = chunk[at] as number
        at++
        continue
      }
      const end = chunk.indexOf(NUL, at)
      this.#append(chunk.subarray(at, end === -1 ? chunk.length : end))
      if (end === -1) break
      reports.push({ delnum: this.#delnum, letter: this.#said.slice(0, 1), text: this.#said.slice(1) })
      this.#delnum = undefined
      this.#said = ''
      at = end + 1
    }
    return reports
  }

  #append(bytes: Uint8Array): void {
    const room = REPORT_BYTES - 1 - this.#said.length
    this.#said += byteString(bytes.subarray(0, room))
  }
}
