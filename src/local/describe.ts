/**
 * -n: what would be done, without doing it. The message is not looked at, so a loop is not found. qmail-local(8).
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { checkHome } from './home.ts'
import type { Instruction } from './instruction.ts'
import type { Job } from './job.ts'
import { failure, type Outcome, success } from './outcome.ts'
import { planInstructions } from './plan.ts'

export function describeDelivery(job: Job): Outcome {
  const home = checkHome(job)
  if (!home.ok) return failure(home.failure)
  const warning = home.value.isSticky ? 'Warning: home directory is sticky.\n' : ''
  const described = describeInstructions(job)
  return { ...described, stderr: `${warning}${described.stderr}` }
}

function describeInstructions(job: Job): Outcome {
  const plan = planInstructions(job)
  if (!plan.ok) return failure(plan.failure)
  let said: ByteString = ''
  for (const instruction of plan.value.instructions) {
    if (instruction.is === 'refusal') return { ...failure(instruction.failure), stdout: said }
    said += `${lineOf(instruction)}\n`
  }
  return { code: 0, stdout: `${said}${success(plan.value.instructions).stdout}`, stderr: '' }
}

function lineOf(instruction: Exclude<Instruction, { is: 'refusal' }>): ByteString {
  switch (instruction.is) {
    case 'mbox':
    case 'maildir':
      return `${instruction.is} ${instruction.path}`
    case 'program':
      return `program ${instruction.command}`
    case 'forward':
      return `forward ${instruction.address}`
  }
}
