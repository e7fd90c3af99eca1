/**
 * inject: send a message, as people and scripts write it. The message is on descriptor 0, the recipients are arguments or in its
 * header. Manual: inject.8.md
 */
import { fromText } from '../../lib/bytes/bytes.ts'
import { controlFiles, readListFile } from '../../lib/control/by-file.ts'
import { setOf } from '../../lib/control/lines.ts'
import { exitCode, type Failure, ok, type Result } from '../../lib/failure/failure.ts'
import { readDescriptor, writeDescriptor } from '../../lib/program/descriptor.ts'
import { parseOptions } from '../../lib/program/options.ts'
import { run, type System } from '../../lib/program/run.ts'
import { queueProgram, submitByExec } from '../../lib/queue/by-exec.ts'
import type { OpenSubmission, Submission } from '../../lib/queue/submission.ts'
import { inject } from './inject.ts'
import { optionLetters, type Settings, settingsFrom } from './settings.ts'

run('inject', async (system) => {
  const options = parseOptions(system.argv, optionLetters)
  if (!options.ok) return system.complain(options.failure.text, 100)
  const fatal = (failure: Failure): number => system.complain(`fatal: ${failure.text}`, exitCode(failure))
  const lists = readMailingLists(system)
  if (!lists.ok) return fatal(lists.failure)
  const settings = settingsFrom(options.value.options, system.env, controlFiles(system.home), lists.value)
  if (!settings.ok) return fatal(settings.failure)
  const moment = { nowMs: system.clock.now(), pid: system.pid }
  const open = submissionFor(system, settings.value)
  const result = await inject(readDescriptor(0), options.value.operands, settings.value, moment, open)
  return result.ok ? 0 : fatal(result.failure)
})

/** By starting a queue program, whose exit code says what became of the message: QMAILQUEUE may put another in its place. With -n, to descriptor 1. */
function submissionFor(system: System, { isPrinted }: Settings): OpenSubmission {
  if (!isPrinted) return submitByExec(queueProgram(fromText(system.home), system.env))
  const printing: Submission = {
    write: (bytes) => void writeDescriptor(1, bytes),
    commit: async () => ok({ qp: system.pid }),
    abort: async () => {},
  }
  return async () => ok(printing)
}

/** QMAILMFTFILE is relative to where inject was started. */
function readMailingLists({ env }: System): Result<ReadonlySet<string> | undefined> {
  const path = env['QMAILMFTFILE']
  const lines = path === undefined ? ok(undefined) : readListFile(path)
  return lines.ok ? ok(lines.value && setOf(lines.value)) : lines
}
