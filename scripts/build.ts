/**
 * Bundle every program into .build/: one minified CommonJS file each, because a start of that form costs 2 ms over an empty
 * runtime where the sources cost 65. Each bundle appears whole, by rename, so that a suite which runs from .build/ never starts half
 * a program; all users may read it, because the suite runs under several.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { build } from 'esbuild'
import { programs, root } from './sources.ts'

const target = `${root}/.build`
const fresh = `${target}/.new.${process.pid}`

mkdirSync(target, { recursive: true })
chmodSync(target, 0o755)
try {
  await build({
    entryPoints: Object.fromEntries(programs().map((name) => [name, `${root}/src/${name}/main.ts`])),
    outdir: fresh,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    minify: true,
    keepNames: false,
    platform: 'node',
    format: 'cjs',
    target: 'node26',
    legalComments: 'none',
    // import() becomes require(): what a program loads only at need comes without the module loader.
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname' },
    logLevel: 'warning',
  })
  const bundles = existsSync(fresh) ? readdirSync(fresh) : []
  for (const name of bundles) {
    chmodSync(`${fresh}/${name}`, 0o644)
    renameSync(`${fresh}/${name}`, `${target}/${name}`)
  }
  const old = readdirSync(target).filter((name) => name.endsWith('.cjs') && !bundles.includes(name))
  for (const name of old) rmSync(`${target}/${name}`)
} finally {
  rmSync(fresh, { recursive: true, force: true })
}
