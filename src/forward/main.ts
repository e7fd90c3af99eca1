/**
 * forward: send the message on descriptor 0 on to other addresses.
 *
 *   |forward joe@example.org fred@example.org      in a .qmail file
 *
 * Manual: forward.8.md
 */
import { exitCode } from '../../lib/failure/failure.ts'
import { readDescriptor } from '../../lib/program/descriptor.ts'
import { run } from '../../lib/program/run.ts'
import { queueProgram, submitByExec } from '../../lib/queue/by-exec.ts'
import { forwardMessage } from './forward.ts'

run(
  'forward',
  async ({ argv, env, home, complain }) => {
    const queued = await forwardMessage({
      addresses: argv,
      env,
      message: readDescriptor(0),
      openSubmission: submitByExec(queueProgram(home, env)),
    })
    if (queued.ok) return complain(`qp ${queued.value.qp}`, 0)
    return complain(`fatal: ${queued.failure.text}`, exitCode(queued.failure))
  },
  'forward',
)
