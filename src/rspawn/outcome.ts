/**
 * What the output and the end of one qmail-remote mean: a report to send. Called by main through lib/delivery. qmail-remote prints
 * reports ended by NUL: one per recipient (r, s, h), then one for the message (K, Z, D); here it had one recipient, so only
 * the first recipient report and the first message report count, plus whatever stands second, for its text.
 * qmail-rspawn(8); qmail-remote(8), RESULTS.
 */
import { byteString } from '../../lib/bytes/bytes.ts'
import type { Outcome } from '../../lib/delivery/execution.ts'
import type { Letter, Report } from '../../lib/delivery/delivery.ts'
import type { Exit } from '../../lib/exec/start.ts'

/** What is kept of one report: far more than send takes of it. There is no limit on the whole output. */
const REPORT_BYTES = 65536
/** The first report may be empty: then the texts are those of the second and the third. */
const KEPT_REPORTS = 3

const later = (text: string): Report => ({ letter: 'Z', text })

/** A better result has the greater number. */
const rank: { readonly [letter in Letter]: number } = { D: 0, Z: 1, K: 2 }

/** Reads the output of one qmail-remote. Memory: three reports of REPORT_BYTES. */
export class RemoteOutcome implements Outcome {
  #firstByte: number | undefined
  #reports: string[] = []
  #current = ''
  #result: Letter | undefined

  receive(chunk: Uint8Array): void {
    this.#firstByte ??= chunk[0]
    for (let at = 0; at < chunk.length;) {
      const end = chunk.indexOf(0, at)
      const bytes = chunk.subarray(at, end === -1 ? chunk.length : end)
      this.#current += byteString(bytes.subarray(0, REPORT_BYTES - this.#current.length))
      if (end === -1) return
      this.#endReport()
      at = end + 1
    }
  }

  report(exit: Exit): Report {
    if (exit.is === 'signal') return later('qmail-remote crashed.\n')
    if (exit.code === 111) return later('Unable to run qmail-remote.\n')
    if (exit.code !== 0) return { letter: 'D', text: 'Unable to run qmail-remote.\n' }
    if (this.#firstByte === undefined) return later('qmail-remote produced no output.\n')
    return readReports(this.#reports, String.fromCharCode(this.#firstByte), this.#result ?? 'D')
  }

  #endReport(): void {
    this.#result ??= letterOf(this.#current)
    if (this.#reports.length < KEPT_REPORTS) this.#reports.push(this.#current)
    this.#current = ''
  }
}

function letterOf(report: string): Letter | undefined {
  const letter = report.slice(0, 1)
  return letter === 'K' || letter === 'Z' || letter === 'D' ? letter : undefined
}

/**
 * `result` is the message's, D when no message report came. A first byte s or h tells the recipient's fate, which wins, even
 * without its NUL. qmail takes the text from the second byte of the output to the next NUL, so an output that begins with NUL
 * gives the second report with its letter.
 */
function readReports(reports: readonly string[], firstByte: string, result: Letter): Report {
  const letter = firstByte === 's' ? 'Z' : firstByte === 'h' ? 'D' : result
  const [first = '', second = '', third = ''] = reports
  const [text, next] = first === '' ? [second, third] : [first.slice(1), second]
  const isExplained = rank[result] <= rank[letter] && letterOf(next) !== undefined
  return { letter, text: isExplained ? text + next.slice(1) : text }
}
