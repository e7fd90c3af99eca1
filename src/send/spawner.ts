/**
 * send's end of the two pipes to a spawner (lspawn or rspawn). The spawner first says how many deliveries it takes, in one byte; then
 * commands go out and reports come in. At most one command waits here, so a spawner that does not read stops only its own
 * channel. qmail-lspawn(8), qmail-rspawn(8)
 */
import type { Readable, Writable } from 'node:stream'
import { type Channel } from '../../lib/queue/paths.ts'
import { type NumberedReport, ReportReader } from '../../lib/spawn/report.ts'

export interface SpawnerEvents {
  readonly onReport: (report: NumberedReport) => void
  /** The last command has left: another may come. */
  readonly onReady: () => void
  /** Once: no report will come any more. */
  readonly onLost: () => void
}

export class Spawner {
  readonly #commands: Writable
  readonly #reports: Readable
  readonly #reader = new ReportReader()
  #capacity: number | undefined
  #events: SpawnerEvents | undefined
  #isLost = false
  #isSending = false
  #greeted: () => void = () => {}

  constructor(commands: Writable, reports: Readable) {
    this.#commands = commands
    this.#reports = reports
    commands.on('error', () => this.#lose())
    reports.on('error', () => this.#lose())
    reports.on('end', () => this.#lose())
  }

  /** How many deliveries it takes at once; undefined when it died before it said so. Call once, then serve. */
  capacity(): Promise<number | undefined> {
    return new Promise((resolve) => {
      this.#greeted = () => resolve(this.#capacity)
      this.#reports.on('data', (chunk: Buffer) => this.#receive(chunk))
      if (this.#isLost) this.#greeted()
    })
  }

  /** From now on events are told. A loss before that is told at once. */
  serve(events: SpawnerEvents): void {
    this.#events = events
    if (this.#isLost) events.onLost()
  }

  get isReady(): boolean {
    return !this.#isSending && !this.#isLost
  }

  /** Only when ready. */
  send(command: Buffer): void {
    this.#isSending = true
    this.#commands.write(command, () => {
      this.#isSending = false
      this.#events?.onReady()
    })
    // What the pipe took at once has left.
    if (this.#commands.writableLength === 0) this.#isSending = false
  }

  #receive(chunk: Buffer): void {
    let rest: Buffer = chunk
    if (this.#capacity === undefined) {
      this.#capacity = chunk[0] ?? 0
      this.#greeted()
      rest = chunk.subarray(1)
    }
    for (const report of this.#reader.receive(rest)) this.#events?.onReport(report)
  }

  #lose(): void {
    if (this.#isLost) return
    this.#isLost = true
    this.#greeted()
    this.#events?.onLost()
  }
}

type PerChannel<T> = { readonly [channel in Channel]: T }

/**
 * How many deliveries run at once on each channel: what is wanted, or what its spawner takes if that is less. Undefined when a
 * spawner died before it said so.
 */
export async function limitsOf(
  spawners: PerChannel<Spawner>,
  wanted: PerChannel<number>,
): Promise<PerChannel<number> | undefined> {
  const [local, remote] = await Promise.all([spawners.local.capacity(), spawners.remote.capacity()])
  if (local === undefined || remote === undefined) return undefined
  return { local: Math.min(wanted.local, local), remote: Math.min(wanted.remote, remote) }
}
