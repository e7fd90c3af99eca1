/**
 * The verb table is data: a row for each verb says where it is allowed, whether it ends a pipelined group, which EHLO lines it
 * brings, and what it does. Dispatch, the order check, EHLO and HELP all read the table, so a verb of somebody else is
 * one more row. What a verb does is a step: a reply, a wish that the outside must fulfil first, or content to receive.
 */
import type { Command, CommandOf, Verb } from './command.ts'
import type { Reply } from './reply.ts'
import type { Session } from './server.ts'
import type { Moment } from './transaction.ts'

/** Something that the session cannot do itself. Who fulfils it (src/smtpd/serve.ts) calls `resume` with the answer, once. */
export interface Effect {
  readonly is: 'effect'
}

/** From now on the client's bytes are no commands: a message, a chunk, a dialogue. Any reply ends that. */
export interface Content<E extends Effect> {
  readonly is: 'content'
  readonly reply: Reply
  /**
   * Bytes from `from` on: how many of them were used, and what follows from them. The input is only there during the call.
   * `more` asks for the rest of the input, or for more input when all of it was used.
   */
  take(input: Buffer, from: number): { readonly taken: number; readonly step: Step<E> }
}

/** Nothing to say yet: go on with the content. */
export interface More {
  readonly is: 'more'
}

export type Step<E extends Effect> = Reply | Content<E> | More | E

export const more: More = { is: 'more' }

/** `C`: what belongs to the connection and stays the same during it. */
export interface Rule<C, E extends Effect> {
  /** As on the wire, in upper case. */
  readonly verb: string
  readonly allowedAt: readonly Moment[]
  /** RFC 2920 §3.1: the client waits after it, so the replies leave. */
  readonly lastInGroup: boolean
  /** Lines of the EHLO reply that this verb brings. */
  readonly keywords?: (context: C) => readonly string[]
  readonly run: (session: Session<C, E>, command: Command) => Step<E>
}

export type Verbs<C, E extends Effect> = ReadonlyMap<string, Rule<C, E>>

/** A row for a verb of the grammar; `run` gets its command. */
export function rule<C, E extends Effect, V extends Verb>(row: {
  readonly verb: V
  readonly allowedAt: readonly Moment[]
  readonly lastInGroup: boolean
  readonly keywords?: (context: C) => readonly string[]
  readonly run: (session: Session<C, E>, command: CommandOf<V>) => Step<E>
}): Rule<C, E> {
  // The parser puts under each verb of the grammar only the command of that verb.
  return { ...row, run: (session, command) => row.run(session, command as CommandOf<V>) }
}

export function verbTable<C, E extends Effect>(rules: readonly Rule<C, E>[]): Verbs<C, E> {
  return new Map(rules.map((row) => [row.verb, row]))
}
