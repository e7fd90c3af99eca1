/** Which header fields mean something to inject, by name in lower case. qmail-header(5), qmail-inject(8). */

/** Lists of recipients, of a message and of one that is sent on. What cannot be parsed here stays as it is. */
export const forRecipients: ReadonlySet<string> = new Set(['to', 'cc', 'bcc', 'apparently-to'])
export const forResent: ReadonlySet<string> = new Set(['resent-to', 'resent-cc', 'resent-bcc'])

/** Other fields with addresses; here a mistake is the author's to mend. */
export const strict: ReadonlySet<string> = new Set([
  'sender',
  'from',
  'reply-to',
  'return-path',
  'return-receipt-to',
  'errors-to',
  'resent-sender',
  'resent-from',
  'resent-reply-to',
])

/** One of these, and the message is one that is sent on. */
export const marksResent: ReadonlySet<string> = new Set([
  'resent-sender',
  'resent-from',
  'resent-reply-to',
  'resent-to',
  'resent-cc',
  'resent-bcc',
  'resent-date',
  'resent-message-id',
])

/** What is read and does not travel. */
export const deleted: ReadonlySet<string> = new Set(['bcc', 'resent-bcc', 'return-path', 'content-length'])
