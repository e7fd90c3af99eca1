/**
 * The manual against the code. Every program has its launcher and its page beside the code, a page has the sections of
 * src/README.md in their order, and an exit code that a page of `queue` explains stands in lib/queue/exitcode.ts and the other way
 * round; README.md lists every program. Called by `make check` and by test/unit/manual.test.ts.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { exit } from '../lib/queue/exitcode.ts'
import { programs, readSources, root } from './sources.ts'

export const sections: readonly string[] = [
  'NAME',
  'SYNOPSIS',
  'DESCRIPTION',
  'DESCRIPTORS',
  'ENVIRONMENT',
  'CONTROL FILES',
  'FILES',
  'EXIT CODES',
  'SECURITY',
  'DIFFERENCES FROM QMAIL',
  'SEE ALSO',
]

/** Every program: a mistake of its own. */
const BUG = 111

const required: readonly string[] = ['NAME', 'SYNOPSIS', 'DESCRIPTION']

/** What the launcher of a program in the source tree must be, to the byte. */
export function launcher(program: string): string {
  const name = program === 'sendmail' ? 'JSMAIL_INVOKED_AS=${0##*/} ' : ''
  return `#!/bin/sh
case $0 in /*) root=\${0%/*}/.. ;; *) root=$PWD/\${0%/*}/.. ;; esac
${name}JSMAIL_HOME=\${JSMAIL_HOME:-$root/run} exec "$root/node_modules/.bin/node" --disable-warning=ExperimentalWarning "$root/.build/${program}.cjs" "$@"
`
}

export function checkManual(): readonly string[] {
  return [...programs().flatMap(checkProgram), ...checkQueueCodes(), ...checkTable()]
}

function checkProgram(program: string): readonly string[] {
  const trouble = launcherTrouble(program)
  const page = `src/${program}/${program}.8.md`
  if (!existsSync(`${root}/${page}`)) return [...trouble, `${page}: missing`]
  return [
    ...trouble,
    ...pageTrouble(readFileSync(`${root}/${page}`, 'utf8')).map((text) => `${page}: ${text}`),
  ]
}

function launcherTrouble(program: string): readonly string[] {
  const path = `${root}/bin/${program}`
  if (!existsSync(path)) return [`bin/${program}: missing`]
  const trouble: string[] = []
  if ((statSync(path).mode & 0o111) !== 0o111) trouble.push(`bin/${program}: not executable`)
  if (readFileSync(path, 'utf8') !== launcher(program))
    trouble.push(`bin/${program}: not the launcher of scripts/manual.ts`)
  return trouble
}

/** What is wrong with the sections of a page. */
export function pageTrouble(page: string): readonly string[] {
  const found = [...page.matchAll(/^##? ([A-Z ]+)$/gm)].map((match) => match[1]?.trim() ?? '')
  const unknown = found.filter((name) => !sections.includes(name))
  const missing = required.filter((name) => !found.includes(name))
  const order = sections.filter((name) => found.includes(name))
  const known = found.filter((name) => sections.includes(name))
  return [
    ...unknown.map((name) => `a section that pages do not have: ${name}`),
    ...missing.map((name) => `no section ${name}`),
    ...(known.join() === order.join() ? [] : [`the sections are not in the order ${order.join(', ')}`]),
  ]
}

/** README.md has a row for every program, and none for another. */
function checkTable(): readonly string[] {
  const readme = readFileSync(`${root}/README.md`, 'utf8')
  const listed = [...readme.matchAll(/`src\/(\w+)\/\1\.8\.md`/g)].map((match) => match[1] ?? '')
  const there = programs()
  return [
    ...there.filter((name) => !listed.includes(name)).map((name) => `README.md: no row for ${name}`),
    ...listed.filter((name) => !there.includes(name)).map((name) => `README.md: there is no program ${name}`),
  ]
}

/** qmail-queue(8), EXIT CODES: what src/queue exits with is explained there, and nothing else is. */
function checkQueueCodes(): readonly string[] {
  const page = 'src/queue/queue.8.md'
  if (!existsSync(`${root}/${page}`)) return []
  const explained = explainedCodes(readFileSync(`${root}/${page}`, 'utf8'))
  const used = usedCodes(readSources(['src/queue']).map(({ text }) => text))
  return [
    ...used
      .filter((code) => !explained.includes(code))
      .map((code) => `${page}: exit code ${code} is not explained`),
    ...explained
      .filter((code) => ![0, BUG, ...Object.values<number>(exit)].includes(code))
      .map((code) => `${page}: lib/queue/exitcode.ts has no code ${code}`),
  ]
}

/** The numbers that begin a row or an item of the section. */
export function explainedCodes(page: string): readonly number[] {
  const section = /^##? EXIT CODES$([\s\S]*?)(?=^##? |$(?![\s\S]))/m.exec(page)?.[1] ?? ''
  return [...section.matchAll(/^[|\s*-]*\**`?(\d+)\b/gm)].map((match) => Number(match[1]))
}

function usedCodes(sources: readonly string[]): readonly number[] {
  const names = sources.flatMap((text) => [...text.matchAll(/\bexit\.(\w+)/g)].map((match) => match[1] ?? ''))
  return [...new Set(names)].flatMap((name) => (name in exit ? [exit[name as keyof typeof exit]] : []))
}
