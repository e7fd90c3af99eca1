/**
 * The command line of jsmail: its subcommands, their help and their exit codes. A new subcommand is a file or a folder beside this one
 * and one line here. jsmail(8)
 */
import { Command, CommanderError } from 'commander'
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { errorText } from '../../lib/failure/errno.ts'
import { UnreadableDirectory } from '../../lib/queue/keeper-failure.ts'
import { fsckCommand } from './fsck/command.ts'
import { queueCommand } from './queue/command.ts'
import { type Surroundings, TEMPORARY, USAGE } from './surroundings.ts'

/** The exit code: that of the command, 100 for a wrong command line, 111 when something could not be done now. */
export async function runCommand(argv: readonly ByteString[], surroundings: Surroundings): Promise<number> {
  let code = 0
  const program = new Command('jsmail')
    .description('Look after the mail system of this home ($JSMAIL_HOME).')
    .exitOverride()
    .configureOutput({ writeOut: surroundings.print, writeErr: surroundings.complain })
    .showHelpAfterError('(jsmail help tells what there is)')
  const end = (ended: number): void => void (code = ended)
  for (const command of [queueCommand, fsckCommand])
    program.addCommand(inheriting(program, command(surroundings, end)))
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    // Asked for, help is a success; shown because no command was given, it is not.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
    return explain(error, surroundings)
  }
}

/** A command that was made apart behaves like one that was made by its parent. */
function inheriting(parent: Command, command: Command): Command {
  command.copyInheritedSettings(parent)
  for (const each of command.commands) inheriting(command, each)
  return command
}

/** Trouble with the system is told; what is left is our own mistake. */
function explain(error: unknown, { complain }: Surroundings): number {
  if (error instanceof UnreadableDirectory)
    complain(`jsmail: unable to read queue/${error.directory}: ${errorText(error.cause)}\n`)
  else if (error instanceof Error && 'syscall' in error) complain(`jsmail: ${error.message}\n`)
  else throw error
  return TEMPORARY
}
