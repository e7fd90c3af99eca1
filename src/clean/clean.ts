/**
 * clean's core: removes from the queue what qmail-send says is over, one answer for each command, in their order. It works as the
 * owner of mess, todo, intd and pid, which qmail-send is not, and it does nothing of its own accord but sweep pid/.
 * qmail-clean(8): clean.8.md
 */
import { bytesOf } from '../../lib/bytes/bytes.ts'
import { answers, type CleanCommand, CleanCommandReader } from '../../lib/queue/clean-command.ts'
import type { RemovalKeeper } from '../../lib/queue/keeper.ts'

export interface Cleaning {
  readonly commands: AsyncIterable<Uint8Array>
  /** Throws when nobody reads the answers any more. */
  readonly answer: (bytes: Uint8Array) => void
  readonly removal: RemovalKeeper
  readonly nowSeconds: () => number
}

/** pid/ is swept at the start and again after so many commands. */
const COMMANDS_BETWEEN_SWEEPS = 30

const NOBODY_LISTENS = 100

/** Serve until the commands end; the value is the exit code. */
export async function clean({ commands, answer, removal, nowSeconds }: Cleaning): Promise<0 | 100> {
  const reader = new CleanCommandReader()
  let untilSweep = COMMANDS_BETWEEN_SWEEPS
  await removal.sweepDrafts(nowSeconds())
  for await (const chunk of commands) {
    let said = ''
    for (const command of reader.receive(chunk)) {
      said += await obey(command, removal)
      if (--untilSweep > 0) continue
      untilSweep = COMMANDS_BETWEEN_SWEEPS
      await removal.sweepDrafts(nowSeconds())
    }
    if (said === '') continue
    try {
      answer(bytesOf(said))
    } catch {
      return NOBODY_LISTENS
    }
  }
  return 0
}

async function obey(command: CleanCommand | undefined, removal: RemovalKeeper): Promise<string> {
  if (command === undefined) return answers.badCommand
  const { what, number } = command
  const removed = await (what === 'todo' ? removal.removeTodo(number) : removal.removeMessage(number))
  return removed.ok ? answers.done : answers.failed
}
