/**
 * A whole home for one test: made by the same code as `make run` (scripts/home/home.ts), in a directory of its own that all users of
 * the suite may enter, and removed with the test. As root it has users/ids and so real walls; otherwise everything is one user's.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { TestContext } from 'node:test'
import { ensureBuilt } from '../../scripts/built.ts'
import type { Accounts } from '../../scripts/home/accounts.ts'
import { makeHome } from '../../scripts/home/home.ts'
import { checkoutSuite } from '../../scripts/home/suite.ts'
import { root } from '../../scripts/sources.ts'

export interface TestHome {
  /** Holds alias bin control queue submit users trace mail. */
  readonly home: string
  readonly accounts: Accounts
  /** Where mail for you@example.test arrives. */
  readonly maildir: string
  /** The launcher of a program, with this home written into it. */
  bin(program: string): string
  /** Write control files, by name. */
  control(files: Readonly<Record<string, string>>): void
}

/** With the sample tree of control/ and the mailbox you@example.test; `control` replaces or adds files. */
export function makeTestHome(t: TestContext, control: Readonly<Record<string, string>> = {}): TestHome {
  ensureBuilt()
  const parent = mkdtempSync(`${tmpdir()}/jsmail-`)
  chmodSync(parent, 0o755)
  t.after(() => rmSync(parent, { recursive: true, force: true }))
  const home = `${parent}/home`
  const accounts = makeHome({ home, suite: checkoutSuite(), control: `${root}/control`, sample: true })
  const test: TestHome = {
    home,
    accounts,
    maildir: `${home}/mail/you/Maildir`,
    bin: (program) => `${home}/bin/${program}`,
    control: (files) => {
      for (const [name, content] of Object.entries(files)) writeFileSync(`${home}/control/${name}`, content)
    },
  }
  test.control(control)
  return test
}
