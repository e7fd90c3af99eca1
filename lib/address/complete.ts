/**
 * An address made whole: the host it lacks, the domain its host lacks. qmail-inject(8), qmail-header(5). One function
 * for what stands in a header and for what comes from a command line. Pure.
 */
import type { ByteString } from '../bytes/bytes.ts'
import { type Token, tokenize } from './token.ts'

export interface Defaults {
  /** For an address without a host. */
  readonly defaultHost: ByteString
  /** For a host without a dot. */
  readonly defaultDomain: ByteString
  /** In the place of a `+` at the end of a host. */
  readonly plusDomain: ByteString
}

export type Complete = (address: readonly Token[]) => readonly Token[]

const AT: Token = { is: '@', text: '', isSpaced: false }
const DOT: Token = { is: '.', text: '', isSpaced: false }

/**
 * A source route is dropped, then one dot at the end, then one `@` at the end. The empty address, and one that ends with
 * `@[]` (qmail's mark of a special sender), stay as they are.
 */
export function completeBy(defaults: Defaults): Complete {
  const host = hostTokens(defaults.defaultHost)
  const domain = hostTokens(defaults.defaultDomain)
  const plus = hostTokens(defaults.plusDomain)
  return (given) => {
    const address = withoutRoute(given)
    if (address.length === 0 || isSpecialSender(address)) return address
    if (address.at(-1)?.is === '.') address.pop()
    if (address.at(-1)?.is === '@') address.pop()
    if (!address.some(({ is }) => is === '@')) address.push(AT, ...host)
    const last = address.at(-1)
    if (last?.is === 'atom' && last.text.endsWith('+'))
      address.splice(-1, 1, { ...last, text: last.text.slice(0, -1) }, DOT, ...plus)
    const lastAt = address.findLastIndex(({ is }) => is === '@')
    const isWhole = address.some(({ is }, index) => index > lastAt && (is === '.' || is === 'literal'))
    if (!isWhole) address.push(DOT, ...domain)
    return address
  }
}

function withoutRoute(address: readonly Token[]): Token[] {
  const colon = address[0]?.is === '@' ? address.findIndex(({ is }) => is === ':') : -1
  return address.slice(colon + 1)
}

function isSpecialSender(address: readonly Token[]): boolean {
  const last = address.at(-1)
  return last?.is === 'literal' && last.text === '' && address.at(-2)?.is === '@'
}

/** The tokens of an address as the envelope has it: whatever it is, nothing in it has a meaning but its last `@`. */
export function addressTokens(address: ByteString): readonly Token[] {
  if (address === '') return []
  const at = address.lastIndexOf('@')
  if (at === -1) return [localToken(address)]
  return mailboxTokens(address.slice(0, at), address.slice(at + 1))
}

/** The same of its two parts, where the local part may itself have an `@`. No host: the default one. */
export function mailboxTokens(local: ByteString, host: ByteString | undefined): readonly Token[] {
  return host === undefined ? [localToken(local)] : [localToken(local), AT, ...hostTokens(host)]
}

function localToken(text: ByteString): Token {
  return { is: 'quoted', text, isSpaced: false }
}

function hostTokens(host: ByteString): readonly Token[] {
  const tokens = tokenize(host)
  const isPlain = tokens?.every(
    ({ is, isSpaced }) => !isSpaced && (is === 'atom' || is === '.' || is === 'literal'),
  )
  if (isPlain === true && tokens !== undefined) return tokens
  return host.split('.').flatMap((label, index): Token[] => {
    const atom: Token[] = label === '' ? [] : [{ is: 'atom', text: label, isSpaced: false }]
    return index === 0 ? atom : [DOT, ...atom]
  })
}
