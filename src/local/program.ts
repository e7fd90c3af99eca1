/**
 * A `|program` line: /bin/sh -c in the home directory, the message as a file on descriptor 0, the report on 1 and 2. Main loads this file
 * when there is such a line; a delivery without one starts faster. qmail-command(8).
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { startProgram } from '../../lib/exec/start.ts'
import { errorText } from '../../lib/failure/errno.ts'
import { failed, type Result, temporary } from '../../lib/failure/failure.ts'
import { rewind } from '../../lib/os/os.ts'
import type { Environment } from '../../lib/program/run.ts'
import { type Verdict, verdictOf } from './verdict.ts'

export interface ProgramLine {
  readonly command: ByteString
  readonly home: ByteString
  readonly env: Environment
}

export type RunProgram = (line: ProgramLine) => Promise<Result<Verdict>>

/**
 * Programs inherit `messageFd` and share its offset: whoever reads leaves it at the end, so it is set back for each. A
 * program may run as long as it likes; send knows how many do.
 */
export function programsOn(messageFd: number): RunProgram {
  return async ({ command, home, env }) => {
    try {
      rewind(messageFd)
    } catch (error) {
      return failed(temporary('3.0', 'Unable to rewind message.', error))
    }
    const child = await startProgram({
      program: '/bin/sh',
      args: ['-c', command],
      env,
      cwd: home,
      descriptors: [messageFd, 1, 2],
    })
    if (child.ok) return verdictOf(await child.value.exited)
    const { cause } = child.failure
    return failed(temporary('3.0', `Unable to run /bin/sh: ${errorText(cause)}.`, cause))
  }
}
