/**
 * Every control file that the suite has, in one table. The page control/README.md (control.5) is checked against it in both
 * directions, and so is every read of a control file in src/. A file never changes its meaning between versions.
 */

/** The defaults that hold where a control file is absent: those of the original, or those that a new home should have. */
export type Profile = 'qmail' | 'modern'

export interface Setting {
  readonly name: string
  /** line, integer, list: qmail's readers. map: a list of `key:value`. cdb: a compiled table beside a text file. */
  readonly reader: 'line' | 'integer' | 'list' | 'map' | 'cdb'
  /** What holds when the file is absent, as the page says it, in the profile qmail and in the profile modern. */
  readonly qmail: string
  readonly modern: string
  readonly readBy: readonly string[]
  /**
   * When an edit is seen. run: by the next run of the program. second: a resident program looks at most once a second.
   * HUP: send reads it again when it is told so. start: when the program is started again.
   */
  readonly again: 'run' | 'second' | 'HUP' | 'start'
}

function setting(
  name: string,
  reader: Setting['reader'],
  absent: string | readonly [qmail: string, modern: string],
  readBy: string,
  again: Setting['again'],
): Setting {
  const [qmail, modern] = typeof absent === 'string' ? [absent, absent] : absent
  return { name, reader, qmail, modern, readBy: readBy.split(' '), again }
}

/** In alphabetical order. */
export const settings: readonly Setting[] = [
  setting('badmailfrom', 'list', 'none', 'smtpd', 'second'),
  setting('bouncefrom', 'line', 'MAILER-DAEMON', 'send', 'start'),
  setting('bouncehost', 'line', 'me, else bouncehost', 'send', 'start'),
  setting('bouncemaxbytes', 'integer', '50000', 'send', 'start'),
  setting('concurrencyincoming', 'integer', '2000', 'smtpd', 'second'),
  setting('concurrencylocal', 'integer', '10', 'send', 'start'),
  setting('concurrencyremote', 'integer', '20', 'send', 'start'),
  setting('databytes', 'integer', '0', 'smtpd', 'second'),
  setting('defaultdomain', 'line', 'me, else defaultdomain', 'inject', 'run'),
  setting('defaulthost', 'line', 'me, else defaulthost', 'inject', 'run'),
  setting('doublebouncehost', 'line', 'me, else doublebouncehost', 'send', 'start'),
  setting('doublebounceto', 'line', 'postmaster', 'send', 'start'),
  setting('dsnbounce', 'integer', ['0', '1'], 'send', 'start'),
  setting('envnoathost', 'line', 'me, else envnoathost', 'send', 'start'),
  setting('helohost', 'line', 'me, else an error', 'remote', 'run'),
  setting('idhost', 'line', 'me, else idhost', 'inject', 'run'),
  setting('localiphost', 'line', 'me, else off', 'smtpd', 'second'),
  setting('locals', 'list', 'me, else an error', 'send smtpd', 'HUP'),
  setting('maxrecipients', 'integer', ['100000', '1000'], 'smtpd', 'second'),
  setting('me', 'line', 'none', 'inject remote send smtpd', 'second'),
  setting('morercpthosts', 'list', 'none', 'newmrh', 'run'),
  setting('morercpthosts.cdb', 'cdb', 'none', 'smtpd', 'second'),
  setting('percenthack', 'list', 'none', 'send', 'start'),
  setting('plusdomain', 'line', 'me, else plusdomain', 'inject', 'run'),
  setting('profile', 'line', 'qmail', 'queue remote send smtpd', 'second'),
  setting('queueext', 'integer', ['0', '1'], 'queue', 'second'),
  setting('queuelifetime', 'integer', '604800', 'send', 'start'),
  setting('rcpthosts', 'list', ['everything is accepted', 'locals and virtualdomains'], 'smtpd', 'second'),
  setting('smtpgreeting', 'line', 'me, else an error', 'smtpd', 'second'),
  setting('smtproutes', 'map', 'none', 'remote', 'run'),
  setting('timeoutconnect', 'integer', '60', 'remote', 'run'),
  setting('timeoutremote', 'integer', '1200', 'remote', 'run'),
  setting('timeoutsmtpd', 'integer', '1200', 'smtpd', 'second'),
  setting('virtualdomains', 'map', 'none', 'jsmail send smtpd', 'HUP'),
]
