/**
 * Command lines as qmail-smtpd reads them, for the profile `qmail`: the verb ends at the first space, addresses are found
 * rather than parsed, parameters are not looked at, and nothing is malformed. The output is the union of command.ts.
 * qmail-smtpd(8); every leniency here is one that somebody relies on under qmail. Pure.
 */
import type { ByteString } from '../bytes/bytes.ts'
import { type Command, verbName } from './command.ts'

/** A NUL ends the line, as the end of a C string does. */
export function parseLax(wholeLine: ByteString): Command {
  const nul = wholeLine.indexOf('\0')
  const line = nul === -1 ? wholeLine : wholeLine.slice(0, nul)
  const space = line.indexOf(' ')
  const name = verbName(space === -1 ? line : line.slice(0, space))
  const argument = space === -1 ? '' : line.slice(space).replace(/^ +/, '')
  switch (name) {
    case 'HELO':
    case 'EHLO':
      return { verb: name, name: argument }
    case 'MAIL':
    case 'RCPT':
      return { verb: name, path: laxAddress(argument), parameters: [] }
    case 'DATA':
    case 'RSET':
    case 'QUIT':
      return { verb: name }
    case 'VRFY':
    case 'EXPN':
    case 'HELP':
    case 'NOOP':
      return { verb: name, text: argument }
    default:
      return { verb: 'other', name, argument }
  }
}

/**
 * From the first `<` to an unquoted `>`; without `<` from the first colon to an unquoted space; without both nothing. A source
 * route in front is skipped. Quotes are removed, a backslash guards the next byte, and a missing end is none.
 */
export function laxAddress(argument: ByteString): ByteString {
  const bracket = argument.indexOf('<')
  if (bracket !== -1) return unquoteTo('>', withoutRoute(argument.slice(bracket + 1)))
  const colon = argument.indexOf(':')
  if (colon === -1) return ''
  return unquoteTo(' ', withoutRoute(argument.slice(colon + 1).replace(/^ +/, '')))
}

function withoutRoute(text: ByteString): ByteString {
  if (!text.startsWith('@')) return text
  const colon = text.indexOf(':')
  return colon === -1 ? '' : text.slice(colon + 1)
}

function unquoteTo(end: '>' | ' ', text: ByteString): ByteString {
  let address = ''
  let isQuoted = false
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? ''
    if (character === '\\') address += text[++index] ?? ''
    else if (character === '"') isQuoted = !isQuoted
    else if (character === end && !isQuoted) break
    else address += character
  }
  return address
}
