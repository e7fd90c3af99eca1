/**
 * What the output and the end of one qmail-local mean: a report to send. Called by main through lib/delivery. The output may be
 * anything, since it comes from programs of users: it is cut as qmail cuts it, and nothing of it can change the letter.
 * qmail-lspawn(8), EXIT CODES of qmail-local.
 */
import { byteString, type ByteString } from '../../lib/bytes/bytes.ts'
import type { Outcome } from '../../lib/delivery/execution.ts'
import type { Letter, Report } from '../../lib/delivery/delivery.ts'
import type { Exit } from '../../lib/exec/start.ts'

/** More output than this is cut (bytes). */
const OUTPUT_BYTES = 3000
const tooLong = '\nError report too long, sorry.\n'
/** qmail leaves three bytes free: delivery number, letter and NUL are counted in. */
const KEPT_BYTES = OUTPUT_BYTES - 3 - tooLong.length

/** qmail-local's own codes: the output belongs to the report. Every other code is D with the output. */
const softCodes: ReadonlySet<number> = new Set([111, 71, 74, 75])

/** Codes by which the steps before qmail-local say what failed; the output is left out. */
const internal: { readonly [code: number]: Report } = {
  112: { letter: 'Z', text: 'Internal qmail-lspawn bug.\n' },
  113: { letter: 'Z', text: 'Not allowed to perform deliveries as root.\n' },
  115: { letter: 'Z', text: 'NFS failure in qmail-local.\n' },
  116: { letter: 'Z', text: 'Unable to find alias user!\n' },
  117: { letter: 'Z', text: 'Trouble reading users/cdb in qmail-lspawn.\n' },
  118: { letter: 'Z', text: 'Temporary failure in qmail-lspawn.\n' },
  119: { letter: 'Z', text: 'Out of memory in qmail-lspawn.\n' },
  120: { letter: 'Z', text: 'Unable to run qmail-local.\n' },
  121: { letter: 'Z', text: 'Unable to run qmail-getpw.\n' },
  126: { letter: 'D', text: 'Unable to run qmail-local.\n' },
}

/** The codes by name, for what lspawn itself finds before it starts qmail-local. */
export const code = {
  bug: 112,
  root: 113,
  usersCdb: 117,
  temporary: 118,
  noLocal: 120,
  noGetpw: 121,
} as const

export function reportOfCode(exitCode: number, output: ByteString = ''): Report {
  return internal[exitCode] ?? { letter: letterOf(exitCode), text: output }
}

function letterOf(exitCode: number): Letter {
  if (exitCode === 0) return 'K'
  return softCodes.has(exitCode) ? 'Z' : 'D'
}

/** Keeps at most OUTPUT_BYTES of what qmail-local says. */
export class LocalOutcome implements Outcome {
  #output = ''
  #isTooLong = false

  receive(chunk: Uint8Array): void {
    const room = OUTPUT_BYTES - this.#output.length
    if (chunk.length > room) this.#isTooLong = true
    this.#output += byteString(chunk.subarray(0, room))
  }

  report(exit: Exit): Report {
    if (exit.is === 'signal') return { letter: 'Z', text: 'qmail-local crashed.\n' }
    const output = this.#isTooLong ? this.#output.slice(0, KEPT_BYTES) + tooLong : this.#output
    const [text = ''] = output.split('\0', 1)
    return reportOfCode(exit.code, text)
  }
}
