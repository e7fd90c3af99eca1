/**
 * condredirect: redirect the message on descriptor 0 if a program says so.
 *
 *   |condredirect new@example.org grep -q '^Subject: urgent'      in a .qmail file
 *
 * Manual: condredirect.8.md
 */
import { startProgram } from '../../lib/exec/start.ts'
import { errorText, isTemporary } from '../../lib/failure/errno.ts'
import { exitCode, type Failure } from '../../lib/failure/failure.ts'
import { rewind } from '../../lib/os/os.ts'
import { readDescriptor } from '../../lib/program/descriptor.ts'
import { run, type System } from '../../lib/program/run.ts'
import { queueProgram, submitByExec } from '../../lib/queue/by-exec.ts'
import { condition, redirect } from './condredirect.ts'

/** Done with this message: the lines that follow in the .qmail file do not count. */
const STOP = 99
const NEXT = 0

run('condredirect', main, 'condredirect')

async function main(system: System): Promise<number> {
  const { argv, env, home, complain } = system
  const [address, program, ...args] = argv
  if (address === undefined || program === undefined) {
    return complain('usage: condredirect newaddress program [ arg ... ]', 100)
  }
  const child = await startProgram({ program, args, env, descriptors: [0, 1, 2] })
  if (!child.ok) {
    const { cause } = child.failure
    return isTemporary(cause) ? complain(`fatal: unable to run ${program}: ${errorText(cause)}`, 111) : NEXT
  }
  const answer = condition(await child.value.exited)
  if (!answer.ok) return fatal(system, answer.failure)
  if (!answer.value) return NEXT
  try {
    rewind(0)
  } catch (error) {
    return complain(`fatal: unable to rewind message: ${errorText(error)}`, 111)
  }
  const openSubmission = submitByExec(queueProgram(home, env))
  const queued = await redirect({ address, env, message: readDescriptor(0), openSubmission })
  return queued.ok ? complain(`qp ${queued.value.qp}`, STOP) : fatal(system, queued.failure)
}

function fatal({ complain }: System, failure: Failure): number {
  return complain(`fatal: ${failure.text}`, exitCode(failure))
}
