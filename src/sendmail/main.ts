/**
 * sendmail: what cron, PHP, git and mail readers call to send mail. It only chooses: inject, smtpd or the listing of the queue does
 * the work, on the same descriptors. Also called as mailq and newaliases. Manual: sendmail.8.md
 */
import { existsSync } from 'node:fs'
import { bytesOf, fromText } from '../../lib/bytes/bytes.ts'
import { startProgram } from '../../lib/exec/start.ts'
import { writeDescriptor } from '../../lib/program/descriptor.ts'
import { run } from '../../lib/program/run.ts'
import { wishOf } from './sendmail.ts'

const USAGE = 100
const LATER = 111

run(
  'sendmail',
  async ({ argv, env, home }) => {
    const { JSMAIL_INVOKED_AS: invokedAs = 'sendmail', ...rest } = env
    const wish = wishOf(invokedAs, argv, rest)
    if (wish.is === 'refusal')
      return say(`${invokedAs === 'newaliases' ? invokedAs : 'sendmail'}: ${wish.text}`, USAGE)
    // By qmail's names, so that this sendmail works in a home of qmail's too. Without a qread the listing is ours.
    const isOurs = wish.program === 'qread' && !existsSync(`${home}/bin/qmail-qread`)
    const program = isOurs ? 'jsmail' : `qmail-${wish.program}`
    const started = await startProgram({
      program: fromText(`${home}/bin/${program}`),
      args: isOurs ? ['queue'] : wish.args,
      env: wish.env,
      cwd: fromText(home),
      descriptors: [0, 1, 2],
    })
    if (!started.ok) return say(`sendmail: fatal: unable to run ${program}`, LATER)
    const exit = await started.value.exited
    return exit.is === 'code' ? exit.code : LATER
  },
  'sendmail',
)

function say(text: string, code: number): number {
  try {
    writeDescriptor(2, bytesOf(`${text}\n`))
  } catch {
    // Nobody listens: the code alone says it.
  }
  return code
}
