/** The runtime and the bundles of this checkout, as makeLaunchers wants them. */
import { realpathSync } from 'node:fs'
import { programs, root } from '../sources.ts'
import type { Suite } from './launchers.ts'

export function checkoutSuite(): Suite {
  return {
    runtime: realpathSync(`${root}/node_modules/.bin/node`),
    bundles: `${root}/.build`,
    programs: programs(),
  }
}
