/**
 * The TypeScript sources of src and lib, with their text, and the list of programs: what the build, the checks of scripts/check.ts and of test/unit/imports.test.ts
 * look at. Paths are relative to the repository, with slashes.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'

export const root: string = dirname(import.meta.dirname)

export interface SourceFile {
  readonly path: string
  readonly text: string
}

export function readSources(trees: readonly string[] = ['lib', 'src']): readonly SourceFile[] {
  return trees
    .filter((tree) => existsSync(`${root}/${tree}`))
    .flatMap((tree) =>
      readdirSync(`${root}/${tree}`, { recursive: true, encoding: 'utf8' }).map((path) => `${tree}/${path}`),
    )
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }))
}

/** The programs: each folder of src that has a main. */
export function programs(): readonly string[] {
  if (!existsSync(`${root}/src`)) return []
  return readdirSync(`${root}/src`)
    .filter((name) => existsSync(`${root}/src/${name}/main.ts`))
    .sort()
}
