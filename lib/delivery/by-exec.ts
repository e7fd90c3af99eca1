/**
 * The Delivery port by a program per recipient: what lspawn does with local and rspawn with remote. The program gets the message
 * as a file on descriptor 0, read-only and at its beginning, and one pipe as descriptors 1 and 2. It is over when that pipe
 * ended and the program did, in whichever order: a grandchild that keeps the pipe delays the report. There is no time limit
 * here, as in qmail: the program has its own. qmail-lspawn(8), qmail-rspawn(8).
 */
import type { Readable } from 'node:stream'
import type { ByteString } from '../bytes/bytes.ts'
import { closeSync } from 'node:fs'
import { pipeFromChild, startProgram } from '../exec/start.ts'
import { errnoOf } from '../failure/errno.ts'
import type { Deliver, Report } from './delivery.ts'
import { type Execution, type Invocation, isReport, type Outcome } from './execution.ts'

const noPipe: Report = { letter: 'Z', text: 'qmail-spawn unable to create pipe. (#4.3.0)\n' }
const noFork: Report = { letter: 'Z', text: 'qmail-spawn unable to fork. (#4.3.0)\n' }
const shortages: ReadonlySet<string> = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'])

export function deliverByExec(how: Execution): Deliver {
  return ({ messid, sender, recipients }) =>
    Promise.all(recipients.map((recipient) => deliverOne(how, messid, sender, recipient)))
}

async function deliverOne(
  how: Execution,
  messid: ByteString,
  sender: ByteString,
  recipient: ByteString,
): Promise<Report> {
  const message = how.openMessage(messid)
  if (typeof message !== 'number') return message
  let isOurs = true
  try {
    const invocation = await how.invocation(sender, recipient)
    if (isReport(invocation)) return invocation
    const output = tryPipe()
    if (output === undefined) return noPipe
    isOurs = false
    return await runProgram(how, invocation, message, output)
  } finally {
    if (isOurs) closeSync(message)
  }
}

/** Closes the message. */
async function runProgram(
  how: Execution,
  invocation: Invocation,
  message: number,
  output: ReturnType<typeof pipeFromChild>,
): Promise<Report> {
  // The same end twice: startProgram closes it once, by its first place.
  const descriptors = [{ fd: message }, output.end, output.end.fd]
  const child = await startProgram({ ...invocation, descriptors })
  if (!child.ok) {
    output.stream.destroy()
    return shortages.has(errnoOf(child.failure.cause)) ? noFork : how.unstarted(child.failure)
  }
  const outcome = how.outcome()
  const [exit] = await Promise.all([child.value.exited, drain(output.stream, outcome)])
  return outcome.report(exit)
}

/** Not `for await`: that costs a promise per chunk and the stream is read for every delivery. A broken pipe has ended. */
function drain(stream: Readable, outcome: Outcome): Promise<void> {
  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => outcome.receive(chunk))
    stream.on('error', () => {})
    stream.once('close', resolve)
  })
}

function tryPipe(): ReturnType<typeof pipeFromChild> | undefined {
  try {
    return pipeFromChild()
  } catch {
    return undefined
  }
}
