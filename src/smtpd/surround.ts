/**
 * What each connection is given, put together from what main chose: settings, the client's variables, the programs that judge its
 * recipients, and its way into the queue. Looked up for each connection, since tcprules may set variables for one client.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { Result } from '../../lib/failure/failure.ts'
import type { Hook } from '../../lib/hook/hook.ts'
import type { Log } from '../../lib/program/log.ts'
import type { Clock } from '../../lib/program/run.ts'
import type { OpenSubmission } from '../../lib/queue/submission.ts'
import { type Client, variable } from './client.ts'
import type { Heap } from './heap.ts'
import type { Surroundings } from './serve.ts'
import type { Settings } from './settings.ts'

/** The choices of main. */
export interface Choices {
  /** Never older than a second. */
  readonly settings: () => Result<Settings>
  /** The hooks of stage `rcpt` for a client with these variables. */
  readonly findHooks: (variable: (name: string) => ByteString | undefined) => readonly Hook[]
  /** The hook that the variable RCPTCHECK names. */
  readonly rcptCheck: (program: ByteString) => Hook
  readonly submitFor: (client: Client) => OpenSubmission
  /** The process's, for all connections. */
  readonly heap: Heap
  readonly clock: Clock
  readonly log: Log
  readonly trace: Log
}

export function surround(choices: Choices, settings: Settings, client: Client): Omit<Surroundings, 'over'> {
  const { clock, trace, log, heap } = choices
  const hooks = choices.findHooks((name) => variable(client, name))
  const check = variable(client, 'RCPTCHECK')
  const recipientHooks = check === undefined || check === '' ? hooks : [choices.rcptCheck(check), ...hooks]
  return {
    context: { settings, client, recipientHooks, clock, trace },
    submit: choices.submitFor(client),
    heap,
    log,
  }
}
