/**
 * `make install PREFIX=/var/jsmail`: the runtime, the programs and a home beneath one directory, as qmail has it in /var/qmail. Nothing
 * outside of PREFIX is touched, control files and mail that are there stay as they are, and running programs are exchanged
 * by rename. After it the checkout may go. Exit codes: 0, 1.
 */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { ensureBuilt } from './built.ts'
import { makeHome } from './home/home.ts'
import { Hindrance } from './home/place.ts'
import { checkoutSuite } from './home/suite.ts'
import { root } from './sources.ts'

try {
  install(process.argv[2] ?? '')
} catch (error) {
  if (!(error instanceof Hindrance)) throw error
  console.error(`install: ${error.message}`)
  process.exitCode = 1
}

function install(prefix: string): void {
  if (!isAbsolute(prefix))
    throw new Hindrance(`PREFIX must be an absolute path, not ${JSON.stringify(prefix)}`)
  ensureBuilt()
  const suite = checkoutSuite()
  const library = `${prefix}/lib`
  for (const path of [prefix, library]) {
    mkdirSync(path, { recursive: true })
    chmodSync(path, 0o755)
  }
  exchange(suite.runtime, `${library}/node`, 0o755)
  for (const name of readdirSync(suite.bundles).filter((each) => each.endsWith('.cjs'))) {
    exchange(`${suite.bundles}/${name}`, `${library}/${name}`, 0o644)
  }
  const installed = { runtime: `${library}/node`, bundles: library, programs: suite.programs }
  makeHome({ home: prefix, suite: installed, control: `${root}/control`, sample: false })
  console.log(`Installed in ${prefix}: set the domains in ${prefix}/control, then run ${prefix}/bin/start`)
}

function exchange(from: string, to: string, mode: number): void {
  const fresh = `${to}.new.${process.pid}`
  copyFileSync(from, fresh)
  chmodSync(fresh, mode)
  renameSync(fresh, to)
}
