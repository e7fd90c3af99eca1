/**
 * Is it the text form of an address? Shared by name server lists and by routes. Pure. RFC 4291 §2.2; RFC 5321 §4.1.3.
 */
import type { ByteString } from '../bytes/bytes.ts'

export type Family = 4 | 6

const dottedQuad = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/

/** 4 for `192.0.2.1`, 6 for `2001:db8::1` (without a zone), undefined for everything else. */
export function familyOf(text: ByteString): Family | undefined {
  if (dottedQuad.test(text)) return 4
  if (text.length > 45 || !/^[0-9a-fA-F:.]+$/.test(text)) return undefined
  return URL.canParse(`http://[${text}]/`) ? 6 : undefined
}
