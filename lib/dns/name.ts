/**
 * Domain names, as far as a question needs them. Pure. RFC 1035 §2.3.1, §3.1.
 */
import { type ByteString, lowerAscii } from '../bytes/bytes.ts'

/** RFC 1035 §2.3.4. */
const LABEL_BYTES = 63
/** 255 on the wire, with a length byte before each label and the root's at the end. */
const NAME_BYTES = 253

/**
 * Can such a name exist in the DNS? Labels of 1 to 63 printable ASCII bytes, 253 bytes in all. Wider than host names are
 * (an underscore is found in the wild), narrower than the DNS allows: names with other bytes are not looked up.
 */
export function isDomainName(name: ByteString): boolean {
  if (name === '' || name.length > NAME_BYTES) return false
  return (
    /^[!-~]+$/.test(name) && name.split('.').every((label) => label !== '' && label.length <= LABEL_BYTES)
  )
}

/** As it is asked for and kept: lower case, without one final dot. */
export function canonicalName(name: ByteString): ByteString {
  return lowerAscii(name.endsWith('.') ? name.slice(0, -1) : name)
}
