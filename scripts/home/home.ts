/**
 * Make a home, or repair one: `make run`, `make install` and the tests (test/helpers/home.ts) call makeHome. Twice is as good as
 * once: what is there stays, what is missing comes back, and no file that people edit is ever overwritten. Throws a Hindrance with
 * one line for people when it cannot be.
 */
import { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { byteString, concat } from '../../lib/bytes/bytes.ts'
import { CdbMaker, type CdbRecord } from '../../lib/cdb/maker.ts'
import { parseAssign } from '../../lib/users/assign.ts'
import { type Accounts, type Id, accountsOf } from './accounts.ts'
import { type Suite, makeLaunchers } from './launchers.ts'
import { Hindrance, directory, file, generated } from './place.ts'
import { makeSample } from './sample.ts'
import { makeTree } from './tree.ts'

export interface HomePlan {
  /** Absolute; no colon and no line end, because users/assign has fields and lines. */
  readonly home: string
  readonly suite: Suite
  /** Where the control files are copied from, those that the home does not have. */
  readonly control: string
  /** With the mailbox of example.test. */
  readonly sample: boolean
}

export function makeHome(plan: HomePlan): Accounts {
  const { home } = plan
  if (/[:\n]/.test(home)) throw new Hindrance(`${home}: the path of a home has no colon and no line end`)
  checkMaker(home)
  mkdirSync(home, { recursive: true })
  const accounts = accountsOf(home)
  directory(home, 0o755, accounts.self)
  if (accounts.self.uid === 0) checkReach(plan, accounts)
  makeTree(home, accounts)
  const owner = { uid: accounts.self.uid, gid: accounts.qmail }
  for (const name of readdirSync(plan.control).filter((each) => each !== 'README.md')) {
    file(`${home}/control/${name}`, readFileSync(`${plan.control}/${name}`), 0o644, owner)
  }
  if (plan.sample) makeSample(home, accounts)
  compileAssign(home, owner)
  makeLaunchers(home, plan.suite, accounts)
  return accounts
}

/** A home belongs to one way of running: root's walls and the files of a single user do not mix. */
function checkMaker(home: string): void {
  const maker = lstatSync(`${home}/control`, { throwIfNoEntry: false })?.uid
  if (maker === undefined || maker === process.getuid?.()) return
  throw new Hindrance(`${home} was made by user ${maker}: run as that user, or move the directory away`)
}

/** The suite's users must be able to enter the home and to read the runtime and the bundles. */
function checkReach({ home, suite }: HomePlan, { qmaild }: Accounts): void {
  for (const path of [home, suite.runtime, suite.bundles]) {
    if (!existsSync(path)) continue
    const real = realpathSync(path)
    const closed = [real, ...parents(real)].find((each) => (statSync(each).mode & 0o001) === 0)
    if (closed !== undefined) {
      throw new Hindrance(
        `${closed} is closed to others, but root's suite runs as users of its own (${qmaild.uid} ...): ` +
          `move the checkout to where all may enter, or run it as another user than root`,
      )
    }
  }
}

function parents(path: string): readonly string[] {
  const parent = dirname(path)
  return parent === path ? [] : [parent, ...parents(parent)]
}

/** users/cdb from users/assign, as newu makes it; written only when it would differ. */
function compileAssign(home: string, owner: Id): void {
  const assign = `${home}/users/assign`
  if (!existsSync(assign)) return
  const records = parseAssign(byteString(readFileSync(assign)))
  if (!records.ok) throw new Hindrance(`${assign}: ${records.failure.text}`)
  generated(`${home}/users/cdb`, cdbOf(records.value), 0o644, owner)
}

function cdbOf(records: readonly CdbRecord[]): Buffer {
  const maker = new CdbMaker()
  const parts = records.map((record) => {
    const added = maker.add(record)
    if (!added.ok) throw new Hindrance(`users/cdb: ${added.failure.text}`)
    return added.value
  })
  const { tables, header } = maker.finish()
  return concat([header, ...parts, tables])
}
