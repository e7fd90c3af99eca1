/**
 * An address as a message or an SMTP command shows it. Everywhere else in the suite an address is raw: its local part
 * is what the mailbox is called, its domain stands after the last `@`. Pure.
 */
import type { ByteString } from '../bytes/bytes.ts'

const bare = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*$/

/**
 * The local part is quoted where it has to be: when it is empty, has a byte that an atom may not have (so every byte
 * above 127), or misplaced dots. The domain is left alone. No `@`: quoted as a whole. Empty stays empty.
 */
export function quote(address: ByteString): ByteString {
  if (address === '') return ''
  const at = address.lastIndexOf('@')
  const local = at === -1 ? address : address.slice(0, at)
  const rest = at === -1 ? '' : address.slice(at)
  return bare.test(local) ? address : `"${local.replace(/[\r\n"\\]/g, '\\$&')}"${rest}`
}

/** What stands before the last `@`; the whole address when it has none. */
export function localPart(address: ByteString): ByteString {
  const at = address.lastIndexOf('@')
  return at === -1 ? address : address.slice(0, at)
}

/** What stands after the last `@`, as it is written; undefined when there is none. */
export function domainOf(address: ByteString): ByteString | undefined {
  const at = address.lastIndexOf('@')
  return at === -1 ? undefined : address.slice(at + 1)
}
