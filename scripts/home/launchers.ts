/**
 * The installed launchers: where the runtime, the program and the home are is written into them, so that they work from anywhere,
 * through any link (/usr/sbin/sendmail) and with blanks in paths. Beside each stands qmail's name of it. Called by home.ts.
 */
import type { Accounts } from './accounts.ts'
import { generated, link } from './place.ts'

export interface Suite {
  /** The runtime's binary. */
  readonly runtime: string
  /** Where the bundles are. */
  readonly bundles: string
  readonly programs: readonly string[]
}

/** Programs whose qmail name is not `qmail-` and the name. */
const ownNames: ReadonlySet<string> = new Set(
  'sendmail forward condredirect bouncesaying except preline maildirmake filter jsmail'.split(' '),
)

export function makeLaunchers(home: string, suite: Suite, accounts: Accounts): void {
  for (const program of suite.programs) {
    generated(`${home}/bin/${program}`, launcher(home, suite, program), 0o755, {
      uid: accounts.self.uid,
      gid: accounts.qmail,
    })
    if (!ownNames.has(program)) link(`${home}/bin/qmail-${program}`, program)
  }
}

function launcher(home: string, suite: Suite, program: string): string {
  const invokedAs = program === 'sendmail' ? 'JSMAIL_INVOKED_AS=${0##*/} ' : ''
  const runtime = `${quoted(suite.runtime)} --disable-warning=ExperimentalWarning`
  return `#!/bin/sh
home=${quoted(home)}
${invokedAs}JSMAIL_HOME=\${JSMAIL_HOME:-$home} exec ${runtime} ${quoted(`${suite.bundles}/${program}.cjs`)} "$@"
`
}

/** For the shell, whatever is in it. */
export function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`
}
