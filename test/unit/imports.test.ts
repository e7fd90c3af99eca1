/**
 * Who may import whom: the six rules of src/README.md hold for every file of src and lib, and the check that says so finds a bad
 * sample of each kind.
 */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { checkImports } from '../../scripts/imports/rules.ts'
import { blank } from '../../scripts/imports/scan.ts'
import { readSources } from '../../scripts/sources.ts'

function violations(files: Readonly<Record<string, string>>): readonly string[] {
  return checkImports(Object.entries(files).map(([path, text]) => ({ path, text }))).map((one) => one.text)
}

function refuses(path: string, text: string, expected: RegExp): void {
  test(`${path} refuses ${JSON.stringify(text)}`, () => {
    const found = violations({ [path]: `/** Opening comment. */\n${text}\n` })
    assert.equal(found.length, 1, found.join('; '))
    assert.match(found[0] ?? '', expected)
  })
}

function accepts(path: string, text: string): void {
  test(`${path} accepts ${JSON.stringify(text)}`, () => {
    assert.deepEqual(violations({ [path]: `${text}\n` }), [])
  })
}

test('every file of src and lib keeps the six rules', () => {
  const found = checkImports(readSources()).map((one) => `${one.path}:${one.line}: ${one.text}`)
  assert.deepEqual(found, [])
})

suite('rule 1: src imports lib and never the other way round', () => {
  refuses('lib/exec/by-exec.ts', "import { x } from '../../src/send/send.ts'", /lib never imports src/)
  refuses('lib/exec/by-exec.ts', "import { x } from '../../test/helpers/x.ts'", /lib never imports test/)
  refuses('src/send/send.ts', "import { x } from '../../scripts/x.ts'", /src never imports scripts/)
  refuses('src/send/send.ts', "import { x } from '../../lib/bytes/bytes'", /names the \.ts file/)
  refuses('src/send/send.ts', "import { $ } from 'zx'", /package that running programs do not have/)
  refuses('src/send/send.ts', "export * from '../start/x.ts'", /never imports another program/)
  accepts('src/jsmail/main.ts', "import { Command } from 'commander'")
})

suite('rule 2: a core never imports another program, and a main chooses the adapters', () => {
  refuses('src/send/send.ts', "import { x } from '../queue/queue.ts'", /send never imports another program/)
  refuses('src/send/main.ts', "import type { X } from '../queue/x.ts'", /send never imports another program/)
  refuses('src/send/send.ts', "export const f = () => import('../queue/q.ts')", /another program/)
  refuses('src/send/send.ts', "import { s } from './main.ts'", /nobody imports a main/)
  refuses('src/send/send.ts', "import { s } from '../../lib/queue/by-exec.ts'", /only a main chooses/)
  accepts('src/send/main.ts', "import { s } from '../../lib/queue/by-exec.ts'")
})

suite('rule 3: in lib a concept imports concepts to its left, and a pure file no adapter', () => {
  refuses('lib/bytes/bytes.ts', "import { x } from '../queue/exitcode.ts'", /bytes never imports queue/)
  refuses('lib/soup/soup.ts', "import { x } from '../bytes/bytes.ts'", /not in the list of concepts: soup/)
  refuses('lib/queue/q.ts', "import { x } from './by-exec.ts'", /only a main chooses/)
  refuses('lib/queue/q.ts', "import {\n  openSync,\n  readSync,\n} from 'node:fs'", /I\/O sits in a by-/)
  accepts('lib/queue/q.ts', "import type { Stats } from 'node:fs'")
  accepts(
    'lib/queue/by-exec.ts',
    "import { openSync } from 'node:fs'\nimport { x } from '../exec/by-exec.ts'",
  )
  accepts('lib/program/run.ts', "import { openSync } from 'node:fs'")
})

suite('rule 4: process, console, clock and random belong to mains and lib/program', () => {
  refuses('src/send/send.ts', 'export const f = () => process.env', /process: only main/)
  refuses('src/send/send.ts', 'export function f() {\n  console.log(1)\n}', /console: only main/)
  refuses('src/send/send.ts', 'export function f() {\n  globalThis.x = 1\n}', /globalThis/)
  refuses('src/send/send.ts', "import { argv } from 'node:process'", /process is reached/)
  refuses('src/send/send.ts', 'export const f = () => Date.now()', /the clock is an argument/)
  refuses('src/send/send.ts', 'export const f = () => new Date()', /the clock is an argument/)
  refuses('src/send/send.ts', 'export const f = () => Math.random()', /random is an argument/)
  refuses('lib/date/by-x.ts', "import { dlopen } from 'node:ffi'", /only lib\/os/)
  accepts(
    'src/send/send.ts',
    '// process.env\nexport const text = "process.exit"\nexport const f = (x: A) => x.process',
  )
  accepts('src/send/send.ts', 'export const f = (at: number) => `${new Date(at).getTime()} process`')
})

suite('rule 5: nothing happens at import', () => {
  refuses('src/send/send.ts', 'let count = 0', /a variable of the file: count/)
  refuses('src/send/send.ts', 'export let count = 0', /a variable of the file: count/)
  refuses('lib/os/os.ts', 'let other: number | undefined', /a variable of the file: other/)
  refuses('src/send/send.ts', 'serve()', /runs at import: serve\(\)/)
  refuses('src/send/send.ts', 'run()', /runs at import/)
  refuses('src/send/send.ts', 'for (const x of [1]) use(x)', /runs at import/)
  refuses('src/send/send.ts', 'if (true) {\n  serve()\n}', /runs at import/)
  refuses('src/send/send.ts', 'const seen = new Map<string, number>()', /collection of the file/)
  refuses('src/send/send.ts', 'const seen: Set<string> = new Set()', /collection of the file/)
  refuses('src/send/send.ts', 'const seen: string[] = []', /empty list or object/)
  refuses('src/send/send.ts', 'const timer = setInterval(() => {}, 5)', /runs at import: setInterval/)
  refuses(
    'src/send/send.ts',
    "import { readFileSync } from 'node:fs'\n\nconst me = readFileSync('control/me')",
    /runs at import: readFileSync/,
  )
  refuses(
    'src/send/send.ts',
    "import {\n  createServer,\n  type Socket,\n} from 'node:net'\n\nconst server = {\n  it: createServer(),\n}",
    /runs at import: createServer/,
  )
  refuses(
    'src/send/send.ts',
    "import * as fs from 'node:fs'\n\nconst me = fs.readFileSync('x')",
    /runs at import: fs/,
  )
  accepts('lib/os/os.ts', 'let library: number | undefined')
  accepts('src/send/main.ts', "run('send', async (system) => {\n  return 0\n})")
  accepts('src/send/send.ts', "const names: ReadonlySet<string> = new Set('a b'.split(' '))")
  accepts(
    'src/send/send.ts',
    "import { readFileSync } from 'node:fs'\n\nexport const read = (path: string) => readFileSync(path)\nconst table = {\n  read: (path: string) => readFileSync(path),\n}",
  )
})

suite('rule 6: what can run as root loads a short list', () => {
  test('start reaches no network code, through whatever file', () => {
    const files = {
      'src/start/main.ts': "import { f } from './start.ts'\n",
      'src/start/start.ts': "import { f } from '../../lib/queue/q.ts'\n",
      'lib/queue/q.ts': "import { f } from '../smtp/session.ts'\n",
      'lib/smtp/session.ts': 'export const f = 1\n',
    }
    const found = violations(files)
    assert.deepEqual(found, ['start can run as root and never loads lib/smtp/session.ts'])
    assert.deepEqual(
      violations({ ...files, 'lib/queue/q.ts': "import type { F } from '../smtp/session.ts'\n" }),
      [],
    )
  })
})

test('a main of more than 60 lines of code is refused, comments aside', () => {
  const comment = '// words\n'.repeat(100)
  assert.deepEqual(violations({ 'src/send/main.ts': comment + 'const x = 1\n'.repeat(60) }), [])
  assert.equal(violations({ 'src/send/main.ts': 'const x = 1\n'.repeat(61) }).length, 1)
})

test('comments, strings, templates and regular expressions are blanked out, code inside a template is not', () => {
  const code = 'a("b\\"c") /* d */ + `e ${f({ g: `h${i}` })} j` + /k"[/]l/.test(m) / n // o'
  assert.equal(blank(code).replaceAll(/\s+/g, ' '), 'a(" ") + ` ${f({ g: ` ${i}` })} ` + / /.test(m) / n ')
  assert.equal(blank(code).length, code.length)
})
