/**
 * What smtpd adds to the session engine of lib/smtp: the facts of one connection, and the wishes that its verbs may have. A verb
 * (verb/*.ts) does no I/O; it gives back a reply or one of these effects, and serve.ts fulfils it.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { Envelope } from '../../lib/envelope/envelope.ts'
import type { Result } from '../../lib/failure/failure.ts'
import type { Facts, Hook, Verdict } from '../../lib/hook/hook.ts'
import type { Log } from '../../lib/program/log.ts'
import type { Clock } from '../../lib/program/run.ts'
import type { QueueFailure } from '../../lib/queue/exitcode.ts'
import type { ClientFacts, Queued } from '../../lib/queue/submission.ts'
import type { Effect as AnyEffect, Rule, Step as AnyStep } from '../../lib/smtp/rule.ts'
import type { Session as AnySession } from '../../lib/smtp/server.ts'
import type { Found, Table } from '../../lib/table/table.ts'
import type { Client } from './client.ts'
import type { Settings } from './settings.ts'

/** One connection, for as long as it lasts. An edited control file is seen by the next one. */
export interface Context {
  readonly settings: Settings
  readonly client: Client
  /** Programs that judge each recipient, in their order; mostly none. */
  readonly recipientHooks: readonly Hook[]
  readonly clock: Clock
  readonly trace: Log
}

interface Ask<Answer> extends AnyEffect {
  readonly resume: (answer: Answer) => Step
}

/** The value of the first of the keys that the table has. */
export interface Find extends Ask<Found> {
  readonly wants: 'find'
  readonly table: Table
  readonly keys: readonly ByteString[]
}

export interface AskHooks extends Ask<Verdict> {
  readonly wants: 'verdict'
  readonly hooks: readonly Hook[]
  readonly facts: Facts
}

/** From here to commit or abort, one message goes to the queue. */
export interface Open extends Ask<Result<undefined, QueueFailure>> {
  readonly wants: 'submission'
  readonly facts: ClientFacts
}

export interface Write extends Ask<undefined> {
  readonly wants: 'write'
  /** The queue's from now on. */
  readonly bytes: Uint8Array
}

export interface Commit extends Ask<Result<Queued, QueueFailure>> {
  readonly wants: 'commit'
  readonly envelope: Envelope
}

export interface Abort extends Ask<undefined> {
  readonly wants: 'abort'
}

export type Effect = Find | AskHooks | Open | Write | Commit | Abort

export type Step = AnyStep<Effect>
export type Session = AnySession<Context, Effect>
export type VerbRule = Rule<Context, Effect>
