/**
 * local: deliver the message on descriptor 0 to one recipient, as his .qmail file says.
 *
 *   bin/local [ -nN ] user homedir local dash ext domain sender aliasempty
 *
 * Started by qmail-lspawn, as the recipient. Manual: local.8.md
 */
import { hostname } from 'node:os'
import { bytesOf } from '../../lib/bytes/bytes.ts'
import { maildirs } from '../../lib/maildir/by-file.ts'
import { writeDescriptor } from '../../lib/program/descriptor.ts'
import { run, type System } from '../../lib/program/run.ts'
import { describeDelivery } from './describe.ts'
import { parseArguments, usage } from './job.ts'
import { type Adapters, deliverLocal } from './local.ts'
import { messageOn } from './message.ts'
import type { Outcome } from './outcome.ts'

run('local', async (system) => {
  system.umask(0o077)
  const request = parseArguments(system.argv)
  switch (request.is) {
    case 'misuse': {
      const { option } = request
      const illegal = option === undefined ? '' : `qmail-local: illegal option -- ${option}\n`
      return say({ code: 100, stdout: '', stderr: `${illegal}${usage}\n` })
    }
    case 'describe':
      return say(describeDelivery(request.job))
    case 'deliver':
      return say(await deliverLocal(request.job, adaptersOf(system)))
  }
})

/** A Maildir needs nothing else; what the other deliveries need is loaded when there is one, since each start pays for it. */
function adaptersOf({ env, home, clock, pid }: System): Adapters {
  return {
    message: messageOn(0),
    env,
    clock,
    deliverToMaildir: maildirs({ pid, host: hostname(), now: clock.now }),
    deliverToMbox: async (delivery) => (await import('../../lib/mbox/by-file.ts')).deliverToMbox(delivery),
    runProgram: async (line) => (await import('./program.ts')).programsOn(0)(line),
    openSubmission: async (env) => {
      const { queueProgram, submitByExec } = await import('../../lib/queue/by-exec.ts')
      return submitByExec(queueProgram(home, env))()
    },
  }
}

/** What was delivered stays delivered, whether or not somebody hears of it. */
function say({ code, stdout, stderr }: Outcome): number {
  try {
    if (stdout !== '') writeDescriptor(1, bytesOf(stdout))
    if (stderr !== '') writeDescriptor(2, bytesOf(stderr))
  } catch {
    // The exit code says the rest.
  }
  return code
}
