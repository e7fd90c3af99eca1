/**
 * What a call of sendmail asks for: which program of ours, with which arguments and environment. Cron, PHP, git and mail readers call
 * it so; the letters are those of the old sendmail, and most of them mean nothing here. Pure. Manual: sendmail.8.md
 */
import { domainOf, localPart } from '../../lib/address/quote.ts'
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { type Option, parseOptions } from '../../lib/program/options.ts'
import type { Environment } from '../../lib/program/run.ts'

export type Wish =
  | {
      readonly is: 'run'
      /** qmail's name of it, without `qmail-`. */
      readonly program: 'inject' | 'smtpd' | 'qread'
      readonly args: readonly ByteString[]
      readonly env: Environment
    }
  | { readonly is: 'refusal'; readonly text: string }

/** A letter is listed although it means nothing, so that calls that work elsewhere work here. */
const letters = 'vimte:f:p:o:B:F:EJxb:'

export const usage =
  'usage: sendmail [ -t ] [ -f sender ] [ -F name ] [ -bs ] [ -bp ] [ -bm ] [ -v ] [ -i ] [ -m ] [ -o option ] [ address ... ]'

/** `invokedAs`: the last part of the path that was called; mailq and newaliases are links to sendmail. */
export function wishOf(invokedAs: string, argv: readonly ByteString[], env: Environment): Wish {
  if (invokedAs === 'newaliases')
    return { is: 'refusal', text: 'there is no table to make: aliases are files .qmail-NAME in HOME/alias' }
  const parsed = parseOptions(argv, letters)
  if (!parsed.ok) return { is: 'refusal', text: `${parsed.failure.text}\nsendmail: ${usage}` }
  const { options, operands } = parsed.value
  const mode = invokedAs === 'mailq' ? 'p' : (lastOf(options, 'b') ?? 'm')
  switch (mode) {
    case 'm':
      return injection(options, operands, env)
    case 'p':
      return { is: 'run', program: 'qread', args: [], env }
    case 's':
      return { is: 'run', program: 'smtpd', args: [], env: clientOf(env) }
    default:
      return { is: 'refusal', text: usage }
  }
}

function injection(options: readonly Option[], operands: readonly ByteString[], env: Environment): Wish {
  const isHeader = options.some(({ letter }) => letter === 't')
  const given = lastOf(options, 'f')
  const sender = given === undefined ? [] : ['-f', withoutAngles(given)]
  return {
    is: 'run',
    program: 'inject',
    args: [isHeader ? '-H' : '-a', ...sender, '--', ...operands],
    env: authorOf(options, env),
  }
}

/** `-f` names the author too, and no name of the caller's goes with that address: qmail's sendmail, since notqmail. */
function authorOf(options: readonly Option[], env: Environment): Environment {
  const sender = lastOf(options, 'f')
  const name = lastOf(options, 'F')
  if (sender === undefined) return name === undefined ? env : { ...env, MAILNAME: name }
  const address = withoutAngles(sender)
  return {
    ...env,
    QMAILNAME: undefined,
    MAILNAME: undefined,
    NAME: undefined,
    MAILHOST: undefined,
    QMAILUSER: localPart(address),
    QMAILHOST: domainOf(address),
  }
}

/** Scripts write `-f '<>'` for the null sender. */
function withoutAngles(address: ByteString): ByteString {
  return address.startsWith('<') && address.endsWith('>') ? address.slice(1, -1) : address
}

/** Who speaks SMTP on our descriptors is our own user: he may send anywhere and as much as he likes. */
function clientOf(env: Environment): Environment {
  if (env['PROTO'] !== undefined) return env
  return {
    ...env,
    RELAYCLIENT: '',
    DATABYTES: '0',
    PROTO: 'TCP',
    TCPLOCALIP: '127.0.0.1',
    TCPLOCALHOST: 'localhost',
    TCPREMOTEIP: '127.0.0.1',
    TCPREMOTEHOST: 'localhost',
    TCPREMOTEINFO: 'sendmail-bs',
  }
}

function lastOf(options: readonly Option[], letter: string): ByteString | undefined {
  return options.findLast((option) => option.letter === letter)?.value
}
