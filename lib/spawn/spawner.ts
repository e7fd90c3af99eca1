/**
 * What lspawn and rspawn have in common: say the capacity, read commands, refuse or deliver each, report in the order in which
 * deliveries end, and after the last command finish what runs. A delivery number is busy until its report was written.
 * How a message is delivered is the Delivery port's matter. qmail-lspawn(8), qmail-rspawn(8).
 */
import { type Deliver, type Report } from '../delivery/delivery.ts'
import { CAPACITY, type Command, CommandReader } from './command.ts'
import { refusalOf } from './refusal.ts'
import { encodeReport } from './report.ts'

export interface Spawner {
  /** send's commands, to their end. */
  readonly commands: AsyncIterable<Uint8Array>
  /** Reports to send. It returns when the bytes are on their way; what it throws is taken for "send is gone". */
  readonly write: (bytes: Uint8Array) => void
  readonly deliver: Deliver
  /** At most 255: one byte on the wire. */
  readonly capacity?: number
}

/** Resolves when the commands have ended and every delivery is reported. */
export async function serveDeliveries(spawner: Spawner): Promise<void> {
  const { commands, deliver, capacity = CAPACITY } = spawner
  const running = new Map<number, Promise<void>>()
  const write = quietly(spawner.write)
  const report = (delnum: number, { letter, text }: Report): void => write(encodeReport(delnum, letter, text))

  const start = (command: Command): void => {
    const { delnum, messid, sender, recipient } = command
    const refusal = refusalOf(command, capacity, (number) => running.has(number))
    if (refusal !== undefined) return report(delnum, refusal)
    const job = reportOf(deliver, messid, sender, recipient).then((result) => {
      running.delete(delnum)
      report(delnum, result)
    })
    running.set(delnum, job)
  }

  write(Uint8Array.of(capacity))
  const reader = new CommandReader()
  for await (const chunk of commands) for (const command of reader.receive(chunk)) start(command)
  await Promise.all(running.values())
}

/** The port promises not to throw; a mistake of ours there must cost one deferral and not every running delivery. */
async function reportOf(
  deliver: Deliver,
  messid: string,
  sender: string,
  recipient: string,
): Promise<Report> {
  const nothing: Report = { letter: 'Z', text: 'Internal error: no report. (#4.3.5)\n' }
  try {
    const [result] = await deliver({ messid, sender, recipients: [recipient] })
    return result ?? nothing
  } catch {
    return nothing
  }
}

/** When send is gone its reports have no reader, but what runs is still finished. */
function quietly(write: (bytes: Uint8Array) => void): (bytes: Uint8Array) => void {
  return (bytes) => {
    try {
      write(bytes)
    } catch {
      // The end of the commands follows.
    }
  }
}
