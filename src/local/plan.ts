/**
 * All that is found out before the first instruction is followed, in qmail-local's order: home directory, loop, .qmail file, sender of
 * forwards, instructions. A worker looks at the plan to see whether it can carry it out.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { errorText } from '../../lib/failure/errno.ts'
import { failed, ok, permanent, type Result, temporary } from '../../lib/failure/failure.ts'
import { findDotQmail } from './dotqmail.ts'
import { deliveredTo } from './headline.ts'
import { checkHome } from './home.ts'
import { type Instruction, parseInstructions } from './instruction.ts'
import type { Job } from './job.ts'
import { headerHasLine } from './loop.ts'
import type { Message } from './message.ts'
import { newSender } from './newsender.ts'

export interface Plan {
  readonly instructions: readonly Instruction[]
  readonly newSender: ByteString
  readonly matchedDefault: ByteString | undefined
}

export async function planDelivery(job: Job, message: Message): Promise<Result<Plan>> {
  const home = checkHome(job)
  if (!home.ok) return home
  if (home.value.isSticky) {
    return failed(temporary('2.1', 'Home directory is sticky: user is editing his .qmail file.'))
  }
  const loop = await checkLoop(job, message)
  return loop.ok ? planInstructions(job) : loop
}

async function checkLoop(job: Job, message: Message): Promise<Result<undefined>> {
  try {
    if (!(await headerHasLine(message.chunks(), deliveredTo(job)))) return ok()
  } catch (error) {
    return failed(temporary('3.0', `Unable to read message: ${errorText(error)}.`, error))
  }
  return failed(permanent('4.6', 'This message is looping: it already has my Delivered-To line.'))
}

/** The part that needs no message. */
export function planInstructions(job: Job): Result<Plan> {
  const found = findDotQmail(job)
  if (!found.ok) return found
  if (found.value === undefined && job.dash !== '') {
    return failed(permanent('1.1', 'Sorry, no mailbox here by that name.'))
  }
  const sender = newSender(job)
  if (!sender.ok) return sender
  // An empty file means the default delivery, even where it has the x bit.
  const { text, forwardOnly } = found.value?.text
    ? found.value
    : { text: job.defaultDelivery, forwardOnly: false }
  return ok({
    instructions: parseInstructions(text, forwardOnly),
    newSender: sender.value,
    matchedDefault: found.value?.matchedDefault,
  })
}
