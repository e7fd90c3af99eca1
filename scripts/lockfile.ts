/**
 * The lock file and `npm ci`. A registry that lacks an optional package of a package (a binding for another platform) makes `npm install`
 * leave it out of the lock file without a word, and `npm ci` then refuses the lock file everywhere. `node scripts/lockfile.ts` takes what is not
 * locked off the lists; run it after `npm install`. `make check` says when that was forgotten.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { root } from './sources.ts'

interface Entry {
  optionalDependencies?: Record<string, string>
}

interface Lock {
  readonly packages: Record<string, Entry>
}

const path = `${root}/package-lock.json`

/** Each optional package that another wants and that is not locked. */
export function unlockedOptionals({
  packages,
}: Lock): readonly { readonly wanter: string; readonly name: string }[] {
  return Object.entries(packages).flatMap(([wanter, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !places(wanter, name).some((place) => place in packages))
      .map((name) => ({ wanter, name })),
  )
}

/** Where npm looks for a package, from the inside to the outside. */
function places(wanter: string, name: string): readonly string[] {
  const inside = wanter === '' ? [] : [`${wanter}/node_modules/${name}`]
  const up = wanter.lastIndexOf('/node_modules/')
  return [...inside, ...(up === -1 ? [`node_modules/${name}`] : places(wanter.slice(0, up), name))]
}

export function checkLockFile(): readonly string[] {
  return unlockedOptionals(readLock()).map(
    ({ wanter, name }) =>
      `package-lock.json: ${wanter} wants ${name}, which is not locked: node scripts/lockfile.ts`,
  )
}

function readLock(): Lock {
  return JSON.parse(readFileSync(path, 'utf8')) as Lock
}

function prune(): void {
  const lock = readLock()
  for (const { wanter, name } of unlockedOptionals(lock)) {
    const list = lock.packages[wanter]?.optionalDependencies
    if (list === undefined) continue
    delete list[name]
    console.log(`${wanter}: without ${name}`)
  }
  writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`)
}

if (import.meta.main) prune()
