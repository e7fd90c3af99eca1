/**
 * The six rules of who may import whom, as a program: `checkImports` over all sources of src and lib gives the violations.
 * Called by `make check` and by test/unit/imports.test.ts, which also holds a bad sample for each rule. What a rule
 * allows beside its sentence is named here, with its reason.
 */
import { dirname, join } from 'node:path/posix'
import { type Import, type Source, type Statement, lineOf, scan } from './scan.ts'

export interface Violation {
  readonly path: string
  readonly line: number
  readonly text: string
}

/** In lib a concept imports only concepts to its left. */
export const concepts: readonly string[] = (
  'failure bytes os program address envelope netstring header date cdb control table users trace ' +
  'lock exec net dns tls smtp qmtp maildir mbox queue delivery spawn hook auth'
).split(' ')

/** Programs that run, or may run, as root: what they reach, directly or not, stands here and is short. */
const rootPrograms: readonly string[] = ['start', 'lspawn', 'newu', 'popup', 'checkpassword']
const rootMayReach: ReadonlySet<string> = new Set(
  (
    'failure bytes os program address envelope netstring cdb control table users trace lock exec ' +
    'queue delivery spawn'
  ).split(' '),
)

/** lib/os opens the C library and its functions at the first call: the one state of a file that is allowed. */
const stateAllowed: ReadonlySet<string> = new Set(['lib/os/os.ts: library', 'lib/os/os.ts: opened'])

/** Packages that a running program may load. */
const packages: ReadonlySet<string> = new Set(['commander', 'dns-packet'])

/** Concepts that are the door to the system themselves; everywhere else in lib I/O sits in by-*.ts. */
const doors: ReadonlySet<string> = new Set(['os', 'program', 'lock', 'exec', 'net', 'tls'])

const inputOutput: ReadonlySet<string> = new Set(
  (
    'fs fs/promises net tls dgram dns dns/promises http http2 https child_process cluster worker_threads readline repl ' +
    'sqlite timers timers/promises tty'
  )
    .split(' ')
    .map((name) => `node:${name}`),
)

const MAIN_LINES = 60

export function checkImports(files: readonly { path: string; text: string }[]): readonly Violation[] {
  const sources = files.map(({ path, text }) => scan(path, text))
  return [
    ...sources.flatMap((source) => [
      ...source.imports.flatMap((one) => importRules(source.path, one).map((text) => at(source, one, text))),
      ...surroundings(source),
      ...atImport(source),
      ...mainSize(source),
    ]),
    ...rootReach(sources),
  ]
}

function at(source: Source, where: { readonly line: number }, text: string): Violation {
  return { path: source.path, line: where.line, text }
}

/** Rules 1 to 3, for one import. */
function importRules(path: string, one: Import): readonly string[] {
  if (!one.from.startsWith('.')) return outside(path, one)
  const target = join(dirname(path), one.from)
  const from = placeOf(path)
  const to = placeOf(target)
  const wrong: string[] = []
  if (!target.endsWith('.ts')) wrong.push(`an import names the .ts file: ${one.from}`)
  if (to.tree !== 'lib' && from.tree === 'lib') wrong.push(`lib never imports ${to.tree}: ${target}`)
  else if (to.tree !== 'lib' && to.tree !== 'src') wrong.push(`${from.tree} never imports ${target}`)
  if (from.tree === 'src' && to.tree === 'src' && from.folder !== to.folder) {
    wrong.push(`${from.folder} never imports another program: ${target}`)
  }
  if (to.tree === 'src' && isMain(target)) wrong.push(`nobody imports a main: ${target}`)
  if (from.tree === 'lib' && to.tree === 'lib') wrong.push(...conceptOrder(from.folder, to.folder))
  if (isAdapter(target) && !isMain(path) && !isAdapter(path)) {
    wrong.push(`only a main chooses an adapter: ${target}`)
  }
  return wrong
}

function outside(path: string, one: Import): readonly string[] {
  const { tree, folder } = placeOf(path)
  if (!one.from.startsWith('node:')) {
    return packages.has(one.from) ? [] : [`a package that running programs do not have: ${one.from}`]
  }
  if (one.from === 'node:ffi')
    return folder === 'os' && tree === 'lib' ? [] : ['only lib/os calls native code']
  if (one.from === 'node:process') return ['process is reached in main.ts and lib/program only']
  if (
    tree === 'lib' &&
    inputOutput.has(one.from) &&
    !one.typeOnly &&
    !isAdapter(path) &&
    !doors.has(folder)
  ) {
    return [`I/O sits in a by-*.ts file: ${one.from}`]
  }
  return []
}

function conceptOrder(from: string, to: string): readonly string[] {
  const [left, right] = [concepts.indexOf(to), concepts.indexOf(from)]
  if (left === -1 || right === -1) {
    return [`not in the list of concepts: ${left === -1 ? to : from}`]
  }
  return left > right ? [`${from} never imports ${to}, which is to its right`] : []
}

/** Rule 4: process and console belong to mains and lib/program; clock and random are arguments. */
function surroundings(source: Source): readonly Violation[] {
  const { tree, folder } = placeOf(source.path)
  if (isMain(source.path) || (tree === 'lib' && folder === 'program')) return []
  const words: readonly (readonly [RegExp, string])[] = [
    [/(?<![.\w$])(process|console)\b(?!\s*:)/g, 'only main.ts and lib/program touch it'],
    [/\bglobalThis\b/g, 'nobody touches it'],
    ...(isAdapter(source.path)
      ? []
      : ([
          [/\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/g, 'the clock is an argument'],
          [/\bMath\.random\(/g, 'random is an argument'],
        ] as const)),
  ]
  return words.flatMap(([word, why]) =>
    [...source.code.matchAll(word)].map((match) => ({
      path: source.path,
      line: lineOf(source.code, match.index),
      text: `${match[0].trim()}: ${why}`,
    })),
  )
}

/** Rule 5: nothing happens at import. */
function atImport(source: Source): readonly Violation[] {
  return source.statements.flatMap((statement) => {
    const trouble = happening(source, statement)
    return trouble === undefined ? [] : [at(source, statement, trouble)]
  })
}

const declares = /^(export\s+)?(declare\b|abstract\b|async function\b|function\b|class\b|interface\b|type\b)/
const moves = /^(import|export\s*(type\s*)?[{*])/
const untouched =
  /^(export\s+)?const\s+(?<name>[\w$]+|[[{][^=]*[\]}])(?<type>\s*:[^=]*?(=>[^=]*?)?)?\s*=(?!>)(?<value>[\s\S]*)$/
const runs = /^run\(/

function happening(source: Source, { code }: Statement): string | undefined {
  if (declares.test(code) || moves.test(code)) return undefined
  if (isMain(source.path) && runs.test(code)) return undefined
  const variable = /^(export\s+)?(let|var|using)\s+([\w$]+)/.exec(code)
  if (variable !== null) {
    if (stateAllowed.has(`${source.path}: ${variable[3]}`)) return undefined
    return `a variable of the file: ${variable[3]}`
  }
  const constant = untouched.exec(code)?.groups
  if (constant === undefined) return `a statement that runs at import: ${code.split('\n')[0]}`
  if (stateAllowed.has(`${source.path}: ${constant['name']}`)) return undefined
  return valueTrouble(source, constant['type'] ?? '', constant['value'] ?? '')
}

const isFunction = /^\s*(async\s*)?(function\b|(<[^>]*>\s*)?\([^)]*\)\s*(:[^=]*)?=>|[\w$]+\s*=>)/

function valueTrouble(source: Source, type: string, value: string): string | undefined {
  if (isFunction.test(value)) return undefined
  if (/^\s*new (Weak)?(Map|Set)\b/.test(value) && !/Readonly(Map|Set)\b/.test(type)) {
    return 'a collection of the file that can change: say ReadonlyMap or ReadonlySet'
  }
  if (/^\s*(\[\s*\]|\{\s*\})\s*$/.test(value))
    return 'an empty list or object of the file: it waits to be filled'
  if (/\bawait\b/.test(value)) return 'a wait at import'
  // What stands inside a function of the value runs later.
  const now = value.replace(/=>\s*\{[\s\S]*?\n\}/g, '=> 0').replace(/=>[^,\n]*/g, '=> 0')
  const called = /(?<![.\w$])(?:new\s+)?([\w$]+)(?:\.[\w$]+)*\s*\(/g
  for (const [text, name] of now.matchAll(called)) {
    if (ownedBySystem(source, name ?? '')) return `it runs at import: ${text})`
  }
  return undefined
}

const starts: ReadonlySet<string> = new Set(
  'setTimeout setInterval setImmediate queueMicrotask fetch Promise Worker AbortController EventTarget'.split(
    ' ',
  ),
)

/** Is the name imported from a module of the runtime that does I/O, or one that starts something? */
function ownedBySystem(source: Source, name: string): boolean {
  if (starts.has(name)) return true
  return source.statements.some(({ code, line }) => {
    const from = source.imports.find((one) => one.line >= line && one.line < line + code.split('\n').length)
    return (
      code.startsWith('import') &&
      from !== undefined &&
      (inputOutput.has(from.from) || from.from === 'node:ffi') &&
      new RegExp(`[{,\\s]${name.replaceAll('$', '\\$')}[,\\s}]`).test(code)
    )
  })
}

/** A main is a shell: it chooses and hands over. */
function mainSize(source: Source): readonly Violation[] {
  if (!isMain(source.path)) return []
  const lines = source.code.split('\n').filter((line) => line.trim() !== '').length
  return lines <= MAIN_LINES
    ? []
    : [{ path: source.path, line: 1, text: `a main has ${lines} lines, not ${MAIN_LINES}` }]
}

/** Rule 6: from the mains of root's programs along every import that is not erased. */
function rootReach(sources: readonly Source[]): readonly Violation[] {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  return rootPrograms.flatMap((program) => {
    const seen = new Set<string>()
    const wrong: Violation[] = []
    const visit = (source: Source): void => {
      for (const one of source.imports.filter((each) => !each.typeOnly && each.from.startsWith('.'))) {
        const target = join(dirname(source.path), one.from)
        if (seen.has(target)) continue
        seen.add(target)
        const { tree, folder } = placeOf(target)
        if (tree === 'lib' && !rootMayReach.has(folder)) {
          wrong.push(at(source, one, `${program} can run as root and never loads ${target}`))
        } else {
          const next = byPath.get(target)
          if (next !== undefined) visit(next)
        }
      }
    }
    for (const source of sources) {
      if (source.path.startsWith(`src/${program}/`) && !seen.has(source.path)) visit(source)
    }
    return wrong
  })
}

function placeOf(path: string): { readonly tree: string; readonly folder: string } {
  const [tree = '', folder = ''] = path.split('/')
  return { tree, folder }
}

function isMain(path: string): boolean {
  return /^src\/[^/]+\/main\.ts$/.test(path)
}

function isAdapter(path: string): boolean {
  return /^lib\/[^/]+\/by-[^/]*\.ts$/.test(path)
}
