/**
 * The deliveries that run on one channel. Each has a slot, whose index is its number on the wire (delnum), and a number of its own
 * that only the log knows. A report is settled on disk before it is logged as final: the bounce paragraph first, then the
 * mark in the channel file. qmail-send(8); spawn protocol: lib/spawn
 */
import type { ChannelRecord } from '../../lib/envelope/record.ts'
import type { QueueKeeper } from '../../lib/queue/keeper.ts'
import type { Channel } from '../../lib/queue/paths.ts'
import { encodeCommand } from '../../lib/spawn/command.ts'
import type { NumberedReport } from '../../lib/spawn/report.ts'
import { pause } from './alarm.ts'
import { GIVEN_UP, paragraph } from './bounce.ts'
import type { Job, Jobs } from './job.ts'
import { type Outcome, outcomeLine, type Running, type SendLog, startLine, warning } from './log.ts'
import { silentOffsets } from './parameters.ts'
import type { Spawner } from './spawner.ts'
import { senderFor } from './verp.ts'

interface Delivery {
  readonly number: number
  readonly job: Job
  readonly recipient: ChannelRecord
  isReported: boolean
}

export interface DeliveryParts {
  readonly keeper: QueueKeeper
  readonly jobs: Jobs
  readonly log: SendLog
  readonly logStatus: () => void
  /** Numbers for the log: from 1, over both channels. */
  readonly nextNumber: () => number
  /** The recipient as its sender knows it. */
  readonly original: (recipient: string) => string
  /** Called once when the spawner is gone. */
  readonly onLost: () => void
  readonly ring: () => void
  readonly stop: AbortSignal
}

/** The disk does not take a bounce paragraph: tried again after so long. */
const SLEEP_SECONDS = 10

export class Deliveries implements Running {
  readonly limit: number
  readonly #channel: Channel
  readonly #spawner: Spawner
  readonly #parts: DeliveryParts
  readonly #slots: (Delivery | undefined)[] = []
  #running = 0
  #settling = 0
  #isLost = false
  readonly #silent = new WeakMap<Job, Promise<ReadonlySet<number>>>()
  #tellRoom: () => void = () => {}

  constructor(channel: Channel, limit: number, spawner: Spawner, parts: DeliveryParts) {
    this.limit = limit
    this.#channel = channel
    this.#spawner = spawner
    this.#parts = parts
    parts.stop.addEventListener('abort', () => this.#tellRoom())
    spawner.serve({
      onReport: (report) => void this.#receive(report),
      onReady: () => this.#tellRoom(),
      onLost: () => {
        this.#isLost = true
        parts.log.line('alert: oh no! lost spawn connection! dying...')
        parts.onLost()
        this.#tellRoom()
      },
    })
  }

  get running(): number {
    return this.#running
  }

  get hasFreeSlot(): boolean {
    return this.#running < this.limit
  }

  /** Nothing more is to come: what runs under a spawner that is gone will never report. */
  get isOver(): boolean {
    return this.#settling === 0 && (this.#running === 0 || this.#isLost)
  }

  /** Wait until one more delivery can start; false when none may any more. For one caller at a time. */
  async room(): Promise<boolean> {
    const { stop } = this.#parts
    while (!stop.aborted && !this.#isLost && !(this.#running < this.limit && this.#spawner.isReady)) {
      await new Promise<void>((resolve) => {
        this.#tellRoom = resolve
      })
    }
    return !stop.aborted && !this.#isLost
  }

  /** Only when there is room. The job is held until the delivery has reported. */
  start(job: Job, recipient: ChannelRecord): void {
    const { log, logStatus, keeper, nextNumber } = this.#parts
    const number = nextNumber()
    const delnum = this.#freeSlot()
    this.#slots[delnum] = { number, job, recipient, isReported: false }
    this.#running++
    job.holders++
    log.line(startLine(number, job.number, this.#channel, recipient.recipient))
    logStatus()
    log.flush()
    const messid = keeper.scheduled.messid(job.number)
    const sender = senderFor(job.sender, recipient.recipient)
    this.#spawner.send(encodeCommand(delnum, messid, sender, recipient.recipient))
  }

  #freeSlot(): number {
    const free = this.#slots.indexOf(undefined)
    return free === -1 ? this.#slots.length : free
  }

  async #receive(report: NumberedReport): Promise<void> {
    const { log, logStatus, jobs, ring } = this.#parts
    const delivery = this.#slots[report.delnum]
    if (delivery === undefined || delivery.isReported) {
      log.line('warning: internal error: delivery report out of range')
      ring()
      return
    }
    delivery.isReported = true
    this.#settling++
    const said = await this.#settle(delivery, report)
    this.#settling--
    this.#slots[report.delnum] = undefined
    this.#running--
    // Nothing comes between the result and the status that follows from it.
    for (const line of said) log.line(line)
    logStatus()
    this.#tellRoom()
    await jobs.release(delivery.job)
    ring()
  }

  /** Make the report true on disk; the lines that the log shall have. */
  async #settle(delivery: Delivery, { letter, text }: NumberedReport): Promise<readonly string[]> {
    const { number, job } = delivery
    const isLast = letter === 'Z' && job.isDying
    const report = isLast ? text + GIVEN_UP : text
    const said = (outcome: Outcome): string => outcomeLine(number, outcome, report)
    if (letter === 'K') return [said('success'), ...(await this.#finish(delivery))]
    if (letter === 'D' || isLast) {
      const isTold = (await this.#isSilent(delivery)) || (await this.#storeBounce(delivery, report))
      if (!isTold) return [said('deferral')]
      return [said('failure'), ...(await this.#finish(delivery))]
    }
    return [letter === 'Z' ? said('deferral') : `delivery ${number}: report mangled, will defer`]
  }

  /** The recipient is done, whatever becomes of its mark. */
  async #finish({ job, recipient }: Delivery): Promise<readonly string[]> {
    const marked = await this.#parts.keeper.scheduled.markDone(job.number, this.#channel, recipient.offset)
    job.left--
    return marked.ok ? [] : [warning(marked.failure)]
  }

  /** The sender asked to hear of no failure of this recipient. What cannot be read is told. */
  async #isSilent({ job, recipient }: Delivery): Promise<boolean> {
    const { scheduled } = this.#parts.keeper
    let offsets = this.#silent.get(job)
    if (offsets === undefined) {
      offsets = silentOffsets(this.#channel, scheduled.extras(job.number)).catch(() => new Set<number>())
      this.#silent.set(job, offsets)
    }
    return (await offsets).has(recipient.offset)
  }

  /** Not given up before it is stored; false when send must end before that: then the recipient is tried again. */
  async #storeBounce({ job, recipient }: Delivery, report: string): Promise<boolean> {
    const { keeper, log, original, ring, stop } = this.#parts
    const text = paragraph(original(recipient.recipient), report)
    for (;;) {
      const stored = await keeper.bounces.append(job.number, text)
      if (stored.ok) return true
      log.line('alert: unable to append to bounce message; HELP! sleeping...')
      ring()
      await pause(SLEEP_SECONDS, stop)
      if (stop.aborted) return false
    }
  }
}
