/**
 * Command lines as RFC 5321 §4.1 writes them: one function for each production of its grammar, and a cursor that they move. Writing and
 * reading are inverse: parseCommand(formatCommand(command)) is the command again. Pure.
 */
import type { ByteString } from '../bytes/bytes.ts'
import { type Malformed, type Parameter, type Parsed, verbName } from './command.ts'
import { reply } from './reply.ts'

/** What is accepted beyond the grammar, each for the sake of senders that exist. All off unless asked for. */
export interface Leniency {
  /** `MAIL FROM: <a@b>`: Windows Live Mail and many scripts write the space. */
  readonly spaceAfterColon?: boolean
  /** `a..b@c`, `a.@c` unquoted: addresses that the Japanese carriers docomo and au gave to telephones. */
  readonly looseDots?: boolean
  /** `my_pc.example`: Windows machine names as domains and in HELO. */
  readonly underscores?: boolean
  /** HELO and EHLO with any printable word: address literals without brackets, and names that are no domain. */
  readonly anyName?: boolean
}

/** What the profile `modern` accepts. */
export const realSenders: Leniency = {
  spaceAfterColon: true,
  looseDots: true,
  underscores: true,
  anyName: true,
}

export function parseCommand(line: ByteString, leniency: Leniency = {}): Parsed {
  const space = line.indexOf(' ')
  const name = verbName(space === -1 ? line : line.slice(0, space))
  const rest = space === -1 ? '' : line.slice(space + 1)
  switch (name) {
    case 'HELO':
    case 'EHLO':
      return hello(name, rest, leniency)
    case 'MAIL':
    case 'RCPT':
      return pathCommand(name, new Cursor(rest, leniency))
    case 'DATA':
    case 'RSET':
    case 'QUIT':
      return rest.trim() === '' ? { verb: name } : malformed(name, 'no parameters here')
    case 'VRFY':
    case 'EXPN':
    case 'HELP':
    case 'NOOP':
      return { verb: name, text: rest }
    default:
      return { verb: 'other', name, argument: rest }
  }
}

const printableWord = /^[!-~]+$/

/** RFC 5321 §4.1.1.1: `EHLO SP ( Domain / address-literal )`. */
function hello(verb: 'HELO' | 'EHLO', rest: ByteString, leniency: Leniency): Parsed {
  const name = rest.trim()
  if (leniency.anyName ? printableWord.test(name) : isDomainOrLiteral(name, leniency)) return { verb, name }
  return malformed(verb, `say ${verb} and your name`)
}

function isDomainOrLiteral(name: ByteString, leniency: Leniency): boolean {
  const cursor = new Cursor(name, leniency)
  return (addressLiteral(cursor) ?? domain(cursor)) !== undefined && cursor.isAtEnd
}

/** RFC 5321 §4.1.1.2 and §4.1.1.3: `FROM:` Reverse-path or `TO:` Forward-path, then parameters. */
function pathCommand(verb: 'MAIL' | 'RCPT', cursor: Cursor): Parsed {
  if (cursor.take(verb === 'MAIL' ? fromColon : toColon) === undefined) {
    return malformed(verb, verb === 'MAIL' ? 'say MAIL FROM:<address>' : 'say RCPT TO:<address>')
  }
  if (cursor.leniency.spaceAfterColon) cursor.take(spaces)
  const path = verb === 'MAIL' ? reversePath(cursor) : forwardPath(cursor)
  if (path === undefined) return badAddress(verb)
  const parameters = mailParameters(cursor)
  return parameters === undefined ? malformed(verb, 'bad parameters') : { verb, path, parameters }
}

const fromColon = /from:/iy
const toColon = /to:/iy
const spaces = / +/y

/** `Reverse-path = Path / "<>"` */
function reversePath(cursor: Cursor): ByteString | undefined {
  return cursor.take(nullPath) === undefined ? path(cursor) : ''
}

/** `"<" "Postmaster" ">"` may stand without a domain, in any case of its letters. */
function forwardPath(cursor: Cursor): ByteString | undefined {
  return cursor.take(postmasterPath)?.slice(1, -1) ?? path(cursor)
}

const nullPath = /<>/y
const postmasterPath = /<postmaster>/iy

/** `Path = "<" [ A-d-l ":" ] Mailbox ">"`; a source route is parsed and forgotten (RFC 5321 §4.1.1.3, appendix C). */
function path(cursor: Cursor): ByteString | undefined {
  if (cursor.take(open) === undefined) return undefined
  if (cursor.sees(at) && !sourceRoute(cursor)) return undefined
  const address = mailbox(cursor)
  return address === undefined || cursor.take(close) === undefined ? undefined : address
}

const open = /</y
const close = />/y
const at = /@/y
const comma = /,/y
const colon = /:/y

/** `A-d-l = At-domain *( "," At-domain )`, and the colon after it. */
function sourceRoute(cursor: Cursor): boolean {
  do {
    if (cursor.take(at) === undefined || domain(cursor) === undefined) return false
  } while (cursor.take(comma) !== undefined)
  return cursor.take(colon) !== undefined
}

/** `Mailbox = Local-part "@" ( Domain / address-literal )`; the value has no quotes. */
function mailbox(cursor: Cursor): ByteString | undefined {
  const local = quotedString(cursor) ?? dotString(cursor)
  if (local === undefined || cursor.take(at) === undefined) return undefined
  const host = addressLiteral(cursor) ?? domain(cursor)
  return host === undefined ? undefined : `${local}@${host}`
}

const dotStringText = /[\w!#$%&'*+\-/=?^`{|}~]+(?:\.[\w!#$%&'*+\-/=?^`{|}~]+)*/y
const looseDotString = /[\w!#$%&'*+\-/=?^`{|}~.]+/y

function dotString(cursor: Cursor): ByteString | undefined {
  return cursor.take(cursor.leniency.looseDots ? looseDotString : dotStringText)
}

/** `Quoted-string = DQUOTE *QcontentSMTP DQUOTE` */
const quotedStringText = /"(?:[ !#-[\]-~]|\\[ -~])*"/y

function quotedString(cursor: Cursor): ByteString | undefined {
  return cursor.take(quotedStringText)?.slice(1, -1).replace(/\\(.)/g, '$1')
}

/** Domain length, RFC 5321 §4.5.3.1.2. */
const DOMAIN_BYTES = 255

/** `Domain = sub-domain *("." sub-domain)` */
const domainText = /[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*/y
const domainWithUnderscores = /\w(?:[\w-]*\w)?(?:\.\w(?:[\w-]*\w)?)*/y

function domain(cursor: Cursor): ByteString | undefined {
  const text = cursor.take(cursor.leniency.underscores ? domainWithUnderscores : domainText)
  return text === undefined || text.length > DOMAIN_BYTES ? undefined : text
}

/** RFC 5321 §4.1.3. What the numbers are worth is for whoever uses them. */
const addressLiteralText = /\[(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[A-Za-z0-9-]*[A-Za-z0-9]:[!-Z^-~]+)\]/y

function addressLiteral(cursor: Cursor): ByteString | undefined {
  return cursor.take(addressLiteralText)
}

/** Parameters in one command: far more than all extensions together define. */
const MOST_PARAMETERS = 32

/** `esmtp-param = esmtp-keyword ["=" esmtp-value]`, each after a space; undefined when something else stands there. */
function mailParameters(cursor: Cursor): readonly Parameter[] | undefined {
  const found: Parameter[] = []
  while (cursor.take(spaces) !== undefined && !cursor.isAtEnd) {
    const keyword = cursor.take(esmtpKeyword)?.toUpperCase()
    if (keyword === undefined || found.length === MOST_PARAMETERS) return undefined
    const value = cursor.take(esmtpValue)?.slice(1)
    found.push(value === undefined ? { keyword } : { keyword, value })
  }
  return cursor.isAtEnd ? found : undefined
}

const esmtpKeyword = /[A-Za-z0-9][A-Za-z0-9-]*/y
const esmtpValue = /=[!-<>-~]+/y

function malformed(name: ByteString, words: string): Malformed {
  return { verb: 'malformed', name, reply: reply(501, '5.5.4', `syntax error, ${words}`) }
}

function badAddress(name: 'MAIL' | 'RCPT'): Malformed {
  const what =
    name === 'MAIL' ? reply(501, '5.1.7', 'bad sender address') : reply(501, '5.1.3', 'bad address')
  return { verb: 'malformed', name, reply: what }
}

/** A place in a line. Every production either moves it over its own text or leaves it where it was. */
class Cursor {
  readonly text: ByteString
  readonly leniency: Leniency
  #at = 0

  constructor(text: ByteString, leniency: Leniency) {
    this.text = text
    this.leniency = leniency
  }

  get isAtEnd(): boolean {
    return this.#at === this.text.length
  }

  /** The text that the pattern (sticky) matches here, which is then behind the cursor. */
  take(pattern: RegExp): ByteString | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  sees(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    return pattern.test(this.text)
  }
}
