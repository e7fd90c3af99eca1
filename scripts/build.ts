/**
 * Bundle every program into .build/: one minified CommonJS file each, because a start of that form costs 2 ms over an empty
 * runtime where the sources cost 65.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

const root = `${import.meta.dirname}/..`
const programs = readdirSync(`${root}/src`).filter((name) => existsSync(`${root}/src/${name}/main.ts`))

rmSync(`${root}/.build`, { recursive: true, force: true })
mkdirSync(`${root}/.build`, { recursive: true })
await build({
  entryPoints: Object.fromEntries(programs.map((name) => [name, `${root}/src/${name}/main.ts`])),
  outdir: `${root}/.build`,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  minify: true,
  keepNames: false,
  platform: 'node',
  format: 'cjs',
  target: 'node26',
  legalComments: 'none',
  define: { 'import.meta.dirname': '__dirname' },
  logLevel: 'warning',
})
