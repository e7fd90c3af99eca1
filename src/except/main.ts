/**
 * except: succeed if a program fails, fail if it succeeds.
 *
 *   |except grep -q '^X-Spam: yes'      in a .qmail file
 *
 * Manual: except.8.md
 */
import { startProgram } from '../../lib/exec/start.ts'
import { errorText, isTemporary } from '../../lib/failure/errno.ts'
import { run } from '../../lib/program/run.ts'
import { opposite } from './except.ts'

run(
  'except',
  async ({ argv, env, complain }) => {
    const [program, ...args] = argv
    if (program === undefined) return complain('usage: except program [ arg ... ]', 100)
    const child = await startProgram({ program, args, env, descriptors: [0, 1, 2] })
    if (!child.ok) {
      const { cause } = child.failure
      return isTemporary(cause) ? complain(`fatal: unable to run ${program}: ${errorText(cause)}`, 111) : 0
    }
    const code = opposite(await child.value.exited)
    return code.ok ? code.value : complain(`fatal: ${code.failure.text}`, 111)
  },
  'except',
)
