/** `jsmail queue` on the command line: its commands, their options and what they are handed to. jsmail(8) */
import { Command, InvalidArgumentError } from 'commander'
import { isMessageNumber } from '../../../lib/queue/paths.ts'
import type { Surroundings } from '../surroundings.ts'
import { bounceAll, removeAll, retry } from './act.ts'
import { type Filter, parseDuration } from './filter.ts'
import { list, readAnswers, show, summarise } from './look.ts'

/** `end` is told the exit code. */
export function queueCommand(surroundings: Surroundings, end: (code: number) => void): Command {
  const queue = new Command('queue').description('the messages in the queue')
  filtered(queue.command('list', { isDefault: true }))
    .description('list them: number, size, age, sender, and each recipient (without a command)')
    .option('--json', 'for programs: one object a line')
    .action(async (options: ListOptions) => {
      end(await list(surroundings, filterOf(options), options.json === true, await answersOf(options)))
    })
  logged(queue.command('show'))
    .description('all that is known of some messages')
    .argument('<number...>', 'as in the log', numbers)
    .option('--json', 'for programs: one object a line')
    .option('--message', 'only the message itself, as it is')
    .action(async (wanted: readonly string[], options: ShowOptions) => {
      const how = options.message === true ? 'message' : options.json === true ? 'json' : 'text'
      end(await show(surroundings, wanted, how, await answersOf(options)))
    })
  filtered(queue.command('summary'))
    .description('how many recipients wait, by domain and age')
    .option('--top <count>', 'so many domains', count, 30)
    .option('--json', 'for programs: one object a line, all domains')
    .action(async (options: ListOptions & { readonly top: number }) => {
      const how = options.json === true ? 'json' : options.top
      end(await summarise(surroundings, filterOf(options), how, await answersOf(options)))
    })
  addActions(queue, surroundings, end)
  const answersOf = ({ log }: { readonly log?: readonly string[] }) => readAnswers(surroundings, log ?? [])
  return queue
}

function addActions(queue: Command, surroundings: Surroundings, end: (code: number) => void): void {
  queue
    .command('retry')
    .description('try again now: everything, or, while send does not run, some messages')
    .argument('[number...]', 'as in the log', numbers)
    .option('--all', 'everything')
    .action(async (wanted: readonly string[], options: { readonly all?: boolean }, command: Command) => {
      if ((wanted.length === 0) !== (options.all === true)) command.error('error: give numbers, or --all')
      end(await retry(surroundings, options.all === true ? 'all' : wanted))
    })
  queue
    .command('remove')
    .description('deliver some messages to nobody else, and tell nobody')
    .argument('<number...>', 'as in the log', numbers)
    .action(async (wanted: readonly string[]) => end(await removeAll(surroundings, wanted)))
  queue
    .command('bounce')
    .description('give some messages up now, and tell their senders')
    .argument('<number...>', 'as in the log', numbers)
    .option('--reason <text>', 'what the sender is told')
    .action(async (wanted: readonly string[], { reason }: { readonly reason?: string }) =>
      end(await bounceAll(surroundings, wanted, reason)),
    )
}

interface LogOptions {
  readonly log?: readonly string[]
}

interface ShowOptions extends LogOptions {
  readonly json?: boolean
  readonly message?: boolean
}

interface ListOptions extends LogOptions {
  readonly older?: number
  readonly younger?: number
  readonly sender?: string
  readonly recipient?: string
  readonly domain?: string
  readonly answer?: string
  readonly json?: boolean
}

function logged(command: Command): Command {
  return command.option(
    '--log <file>',
    "send's log, for the last answers; several in the order of time; - is standard input",
    (file: string, before: readonly string[] = []) => [...before, file],
  )
}

function filtered(command: Command): Command {
  return logged(command)
    .option('--older <time>', 'than 90s, 30m, 2h, 3d or 1w', seconds)
    .option('--younger <time>', 'the same the other way round', seconds)
    .option('--sender <address>', '* stands for anything; empty for bounces')
    .option('--recipient <address>', 'one that is not done; * stands for anything')
    .option('--domain <domain>', 'of a recipient that is not done')
    .option('--answer <text>', 'a part of the last answer; needs --log')
}

function filterOf({ older, younger, sender, recipient, domain, answer }: ListOptions): Filter {
  return {
    ...(older === undefined ? {} : { olderSeconds: older }),
    ...(younger === undefined ? {} : { youngerSeconds: younger }),
    ...(sender === undefined ? {} : { sender: sender === '<>' ? '' : sender }),
    ...(recipient === undefined ? {} : { recipient }),
    ...(domain === undefined ? {} : { domain }),
    ...(answer === undefined ? {} : { answer }),
  }
}

function seconds(text: string): number {
  const parsed = parseDuration(text)
  if (parsed === undefined) throw new InvalidArgumentError('A time is 90s, 30m, 2h, 3d or 1w.')
  return parsed
}

function count(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('A count is digits.')
  return Number(text)
}

function numbers(text: string, before: readonly string[] = []): readonly string[] {
  if (!isMessageNumber(text)) throw new InvalidArgumentError('A message number is digits.')
  return [...before, text]
}
