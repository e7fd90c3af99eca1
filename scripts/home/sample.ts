/**
 * What a newcomer finds in a fresh home: the domain example.test with one mailbox, you@example.test, whose mail lies beneath mail/;
 * a program delivery to look at; postmaster and one more alias. Every file may be edited and stays as edited. Called by home.ts.
 */
import { existsSync, readFileSync } from 'node:fs'
import type { Accounts, Id } from './accounts.ts'
import { directory, file, generated } from './place.ts'

const mailbox = `# Where mail for you@example.test goes, one instruction a line: see src/local/local.8.md.
./Maildir/
`

const program = `# you-log@example.test: the shell runs what follows, with the message as its standard input.
|printf '%s: %s bytes from <%s>\\n' "$RECIPIENT" "$(wc -c | tr -d ' ')" "$SENDER" >> log.txt
`

const toYou = `# Forward it to the mailbox.
&you@example.test
`

export function makeSample(home: string, accounts: Accounts): void {
  const { you, self, qmail, alias } = accounts
  const mail = `${home}/mail/you`
  directory(`${home}/mail`, 0o755, self)
  directory(mail, 0o700, you)
  directory(`${mail}/Maildir`, 0o700, you)
  for (const name of ['tmp', 'new', 'cur']) directory(`${mail}/Maildir/${name}`, 0o700, you)
  file(`${mail}/.qmail`, mailbox, 0o644, you)
  file(`${mail}/.qmail-log`, program, 0o644, you)
  for (const name of ['postmaster', 'mailer-daemon', 'root', 'hello']) {
    file(`${home}/alias/.qmail-${name}`, toYou, 0o644, { uid: alias.uid, gid: qmail })
  }
  makeAssign(home, accounts)
}

/** users/assign is its editor's, unless it is still word for word what we wrote: then it follows the home to a new place. */
function makeAssign(home: string, accounts: Accounts): void {
  const path = `${home}/users/assign`
  const owner = { uid: accounts.self.uid, gid: accounts.qmail }
  if (!existsSync(path) || isOurs(readFileSync(path, 'utf8')))
    generated(path, assign(home, accounts), 0o644, owner)
}

function isOurs(text: string): boolean {
  const fields = /^=you:you:(\d+):(\d+):(.*)\/mail\/you:::\n.*\n\+:alias:(\d+):(\d+):/.exec(text)
  if (fields === null) return false
  const [, uid, gid, home = '', aliasUid, aliasGid] = fields
  return (
    text ===
    lines(home, { uid: Number(uid), gid: Number(gid) }, { uid: Number(aliasUid), gid: Number(aliasGid) })
  )
}

function assign(home: string, { you, alias }: Accounts): string {
  return lines(home, you, alias)
}

function lines(home: string, you: Id, alias: Id): string {
  return `=you:you:${you.uid}:${you.gid}:${home}/mail/you:::
+you-:you:${you.uid}:${you.gid}:${home}/mail/you:-::
+:alias:${alias.uid}:${alias.gid}:${home}/alias:-::
.
`
}
