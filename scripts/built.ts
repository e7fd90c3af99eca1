/**
 * Bundle the programs when a source is newer than the bundles: for tests that are run by hand, one file at a time. `make test` has
 * built already, and this then costs a look at the file times.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { programs, readSources, root } from './sources.ts'

export function ensureBuilt(): void {
  const bundles = programs().map((name) => `${root}/.build/${name}.cjs`)
  const oldest = Math.min(...bundles.map((path) => (existsSync(path) ? statSync(path).mtimeMs : 0)))
  const newest = Math.max(...readSources().map(({ path }) => statSync(`${root}/${path}`).mtimeMs))
  if (newest < oldest) return
  const { status } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--v8-pool-size=0', `${root}/scripts/build.ts`],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  if (status !== 0) throw new Error('the programs could not be bundled')
}
