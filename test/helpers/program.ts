/** Where the programs under test are: the launchers of this checkout, which run the bundles that `make test` builds first. */
import { resolve } from 'node:path'

export function program(name: string): string {
  return resolve(import.meta.dirname, '../../bin', name)
}
