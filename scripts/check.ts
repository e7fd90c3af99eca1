/**
 * `make check`: types, lint, format, import directions, and the manual against the code. Each check is one line of output when it
 * holds; the exit code is 1 when any does not.
 */
import { spawnSync } from 'node:child_process'
import { checkImports } from './imports/rules.ts'
import { checkLockFile } from './lockfile.ts'
import { checkManual } from './manual.ts'
import { readSources, root } from './sources.ts'

type Check = readonly [name: string, run: () => readonly string[]]

const checks: readonly Check[] = [
  ['types', () => tool('tsc', '-p', '.')],
  ['lint', () => tool('oxlint')],
  ['format', () => tool('oxfmt', '--check')],
  ['imports', () => checkImports(readSources()).map(({ path, line, text }) => `${path}:${line}: ${text}`)],
  ['manual', () => checkManual()],
  ['lock', () => checkLockFile()],
]

function tool(name: string, ...args: readonly string[]): readonly string[] {
  const { status, stdout, stderr, error } = spawnSync(`${root}/node_modules/.bin/${name}`, args, {
    cwd: root,
    encoding: 'utf8',
  })
  if (status === 0) return []
  return [`${stdout}${stderr}${error?.message ?? ''}`.trim()]
}

let failures = 0
for (const [name, run] of checks) {
  const trouble = run()
  console.log(`${name.padEnd(8)} ${trouble.length === 0 ? 'ok' : 'FAILED'}`)
  for (const line of trouble) console.log(line)
  if (trouble.length > 0) failures += 1
}
process.exitCode = failures === 0 ? 0 : 1
