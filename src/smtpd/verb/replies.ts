/**
 * Replies that more than one verb gives, in qmail's words where qmail has any (qmail-smtpd(8)).
 */
import { reply } from '../../../lib/smtp/reply.ts'

export const ok = reply(250, '2.0.0', 'ok')
export const tooLarge = reply(552, '5.3.4', 'sorry, that message size exceeds my databytes limit')
export const unknownParameter = reply(555, '5.5.4', 'syntax error, unknown parameter')
export const unreadableControls = reply(421, '4.3.0', 'unable to read controls')

/** qmail-smtpd(8): an address of 900 bytes is a syntax error. */
export const ADDRESS_BYTES = 899
export const addressTooLong = reply(555, '5.5.4', 'syntax error')
