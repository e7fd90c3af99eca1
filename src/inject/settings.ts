/**
 * What inject goes by: options, environment and control files, each asked once. qmail-inject(8), ENVIRONMENT. A variable that is
 * set and empty counts as one that is not set: nobody's name or host is the empty one.
 */
import type { Defaults } from '../../lib/address/complete.ts'
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { Controls } from '../../lib/control/controls.ts'
import { ok, type Result } from '../../lib/failure/failure.ts'
import type { Option } from '../../lib/program/options.ts'
import type { Environment } from '../../lib/program/run.ts'

export const optionLetters = 'aAhHnNf:'

export interface Settings {
  /** either: the arguments if there are any, else the header. */
  readonly recipientsFrom: 'arguments' | 'header' | 'either' | 'both'
  /** Show the message instead of queueing it. */
  readonly isPrinted: boolean
  /** The envelope sender of the command line. */
  readonly sender: ByteString | undefined
  readonly user: ByteString
  readonly host: ByteString | undefined
  readonly name: ByteString | undefined
  readonly senderUser: ByteString
  readonly senderHost: ByteString | undefined
  /** The letters of QMAILINJECT. */
  readonly nameIsComment: boolean
  readonly ignoresReturnPath: boolean
  readonly deletesFrom: boolean
  readonly deletesMessageId: boolean
  readonly verpByRecipient: boolean
  readonly verpByMessage: boolean
  readonly defaults: Defaults
  readonly idHost: ByteString
  /** The addresses of mailing lists, in lower case, from QMAILMFTFILE. */
  readonly lists: ReadonlySet<ByteString> | undefined
}

export function settingsFrom(
  options: readonly Option[],
  env: Environment,
  controls: Controls,
  lists: ReadonlySet<ByteString> | undefined,
): Result<Settings> {
  const hosts = readHosts(env, controls)
  if (!hosts.ok) return hosts
  const letters = env['QMAILINJECT'] ?? ''
  const user = firstOf(env, 'QMAILUSER', 'MAILUSER', 'USER', 'LOGNAME') ?? 'anonymous'
  const host = firstOf(env, 'QMAILHOST', 'MAILHOST')
  return ok({
    recipientsFrom: recipientsFrom(options),
    isPrinted: options.findLast(({ letter }) => letter === 'n' || letter === 'N')?.letter === 'n',
    sender: options.findLast(({ letter }) => letter === 'f')?.value,
    user,
    host,
    name: firstOf(env, 'QMAILNAME', 'MAILNAME', 'NAME'),
    senderUser: firstOf(env, 'QMAILSUSER') ?? user,
    senderHost: firstOf(env, 'QMAILSHOST') ?? host,
    nameIsComment: letters.includes('c'),
    ignoresReturnPath: letters.includes('s'),
    deletesFrom: letters.includes('f'),
    deletesMessageId: letters.includes('i'),
    verpByRecipient: letters.includes('r'),
    verpByMessage: letters.includes('m'),
    ...hosts.value,
    lists,
  })
}

function recipientsFrom(options: readonly Option[]): Settings['recipientsFrom'] {
  switch (options.findLast(({ letter }) => 'aAhH'.includes(letter))?.letter) {
    case 'a':
      return 'arguments'
    case 'h':
      return 'header'
    case 'H':
      return 'both'
    default:
      return 'either'
  }
}

function firstOf(env: Environment, ...names: readonly string[]): ByteString | undefined {
  for (const name of names) {
    const value = env[name]
    if (value !== undefined && value !== '') return value
  }
  return undefined
}

/** The variable, else the control file, else `me`, else the control file's own name. */
function readHosts(env: Environment, controls: Controls): Result<Pick<Settings, 'defaults' | 'idHost'>> {
  const values: ByteString[] = []
  for (const name of ['defaulthost', 'defaultdomain', 'plusdomain', 'idhost'] as const) {
    const given = env[`QMAIL${name.toUpperCase()}`]
    const value: Result<ByteString | undefined> = given === undefined ? controls.lineOrMe(name) : ok(given)
    if (!value.ok) return value
    values.push(value.value ?? name)
  }
  const [defaultHost = '', defaultDomain = '', plusDomain = '', idHost = ''] = values
  return ok({ defaults: { defaultHost, defaultDomain, plusDomain }, idHost })
}
