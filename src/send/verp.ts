/**
 * Variable envelope return paths: a sender `list-@host-@[]` becomes `list-user=domain@host` for the delivery to user@domain, so that
 * a bounce tells whose it is. Applied when a delivery is started. Pure. addresses(5).
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'

const MARK = '-@[]'

/** The sender that this recipient's delivery gets. */
export function senderFor(sender: ByteString, recipient: ByteString): ByteString {
  if (!sender.endsWith(MARK)) return sender
  const list = sender.slice(0, -MARK.length)
  const at = list.lastIndexOf('@')
  const recipientAt = recipient.lastIndexOf('@')
  if (at === -1 || recipientAt === -1) return sender
  const user = recipient.slice(0, recipientAt)
  const domain = recipient.slice(recipientAt + 1)
  return `${list.slice(0, at)}${user}=${domain}${list.slice(at)}`
}

/** The address to which the bounce of the whole message goes. */
export function withoutMark(sender: ByteString): ByteString {
  return sender.endsWith(MARK) ? sender.slice(0, -MARK.length) : sender
}
