/**
 * The commands of SMTP as a union, and how each is written (RFC 5321 §4.1). Two parsers give this union: grammar.ts, strict but for
 * named leniencies, and lax.ts, as qmail reads. Pure; lines come and go without their line end.
 */
import { quote } from '../address/quote.ts'
import { type ByteString, isAscii } from '../bytes/bytes.ts'
import type { Reply } from './reply.ts'

/** One ESMTP parameter; the keyword in upper case, the value as it came. */
export interface Parameter {
  readonly keyword: ByteString
  readonly value?: ByteString
}

export type Command =
  | { readonly verb: 'HELO' | 'EHLO'; readonly name: ByteString }
  | { readonly verb: 'MAIL' | 'RCPT'; readonly path: ByteString; readonly parameters: readonly Parameter[] }
  | { readonly verb: 'DATA' | 'RSET' | 'QUIT' }
  | { readonly verb: 'VRFY' | 'EXPN' | 'HELP' | 'NOOP'; readonly text: ByteString }
  /** Whatever else begins with a word: somebody may have put a verb of that name into the table. */
  | { readonly verb: 'other'; readonly name: ByteString; readonly argument: ByteString }

export type Verb = Command['verb']
/** What a command of that verb is. */
export type CommandOf<V extends Verb> = Command extends infer C
  ? C extends { readonly verb: infer W }
    ? V extends W
      ? C & { readonly verb: V }
      : never
    : never
  : never

/** The verb is known, what follows it is not a sentence of the grammar; the reply says which part. */
export interface Malformed {
  readonly verb: 'malformed'
  readonly name: ByteString
  readonly reply: Reply
}

export type Parsed = Command | Malformed

/** Verbs are told apart without regard to case; a word with other bytes is no verb, and kept as it is. */
export function verbName(word: ByteString): ByteString {
  return isAscii(word) ? word.toUpperCase() : word
}

/** The line of a command, without its line end. Addresses are quoted where they have to be. */
export function formatCommand(command: Command): ByteString {
  switch (command.verb) {
    case 'HELO':
    case 'EHLO':
      return `${command.verb} ${command.name}`
    case 'MAIL':
      return `MAIL FROM:<${quote(command.path)}>${formatParameters(command.parameters)}`
    case 'RCPT':
      return `RCPT TO:<${quote(command.path)}>${formatParameters(command.parameters)}`
    case 'VRFY':
    case 'EXPN':
    case 'HELP':
    case 'NOOP':
      return command.text === '' ? command.verb : `${command.verb} ${command.text}`
    case 'other':
      return command.argument === '' ? command.name : `${command.name} ${command.argument}`
    default:
      return command.verb
  }
}

function formatParameters(parameters: readonly Parameter[]): ByteString {
  return parameters
    .map(({ keyword, value }) => ` ${keyword}${value === undefined ? '' : `=${value}`}`)
    .join('')
}
