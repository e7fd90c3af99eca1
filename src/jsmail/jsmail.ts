/**
 * The command line of jsmail: its subcommands, their help and their exit codes. A new subcommand is a file beside this one and one
 * entry here. jsmail(8).
 */
import { Command, CommanderError } from 'commander'
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { errorText } from '../../lib/failure/errno.ts'
import { UnreadableDirectory } from '../../lib/queue/keeper-failure.ts'
import type { QueueKeeper } from '../../lib/queue/keeper.ts'
import { listQueue } from './list.ts'
import { renderMessage, renderTotal, type Total } from './render.ts'

export interface Surroundings {
  openQueue(): QueueKeeper
  /** Milliseconds since the epoch. */
  now(): number
  print(text: ByteString): void
  complain(text: ByteString): void
}

const USAGE = 100
const TEMPORARY = 111

/** The exit code: 0, 100 for a wrong command line, 111 when something could not be read now. */
export async function runCommand(argv: readonly ByteString[], surroundings: Surroundings): Promise<number> {
  let code = 0
  const program = new Command('jsmail')
    .description('Look into the mail system of this home ($JSMAIL_HOME).')
    .exitOverride()
    .configureOutput({ writeOut: surroundings.print, writeErr: surroundings.complain })
    .showHelpAfterError('(jsmail --help tells what there is)')
  program
    .command('queue')
    .description('list the messages in the queue: number, age, size, sender, and each recipient')
    .action(async () => {
      code = await printQueue(surroundings)
    })
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Asked for, help is a success; shown because no command was given, it is not.
    return error.exitCode === 0 ? 0 : USAGE
  }
}

async function printQueue({ openQueue, now, print, complain }: Surroundings): Promise<number> {
  const seconds = Math.floor(now() / 1000)
  const total: Total = { messages: 0, unprocessed: 0, sizeBytes: 0 }
  let code = 0
  try {
    for await (const message of listQueue(openQueue())) {
      total.messages += 1
      total.sizeBytes += message.sizeBytes
      if (message.isNew) total.unprocessed += 1
      if (message.trouble !== undefined) code = TEMPORARY
      print(renderMessage(message, seconds))
    }
  } catch (error) {
    if (!(error instanceof UnreadableDirectory)) throw error
    complain(`jsmail: unable to read queue/${error.directory}: ${errorText(error.cause)}\n`)
    return TEMPORARY
  }
  print(renderTotal(total))
  return code
}
