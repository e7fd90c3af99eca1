/**
 * The largest message that a client may send: DATABYTES, which tcprules sets for one client, wins over control/databytes.
 * qmail-smtpd(8)
 */
import { integerOf } from '../../lib/control/lines.ts'
import { variable } from './client.ts'
import type { Context } from './session.ts'

/** In stored bytes; 0: no limit. */
export function sizeLimit({ client, settings }: Context): number {
  const own = variable(client, 'DATABYTES')
  return own === undefined ? settings.databytes : (integerOf(own) ?? 0)
}
