/** The registry of control files, its page, the sample tree and the programs agree. */
import { deepEqual, equal } from 'node:assert/strict'
import { globSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { linesOf, mapOf } from '../../../../lib/control/lines.ts'
import { settings } from '../../../../lib/control/registry.ts'

const root = new URL('../../../..', import.meta.url).pathname
const page = readFileSync(`${root}/control/README.md`, 'utf8')
const names = settings.map((setting) => setting.name)

test('the table of the page is the registry, row by row', () => {
  const rows = [...page.matchAll(/^\| (.*) \|$/gm)].map((match) => match[1]?.split(' | ') ?? [])
  deepEqual(
    rows.filter(([name]) => name !== 'file' && name !== '---'),
    settings.map(({ name, reader, qmail, modern, readBy, again }) => [
      name,
      reader,
      qmail,
      modern,
      readBy.join(' '),
      again,
    ]),
  )
})

test('the page explains every setting once, and nothing else', () => {
  const explained = [...page.matchAll(/^\*\*([a-z.]+)\*\* \S/gm)].map((match) => match[1])
  deepEqual(explained, names)
})

test('the registry is in alphabetical order, without repeats', () => {
  deepEqual(names, [...new Set(names)].sort())
})

test('every reader and every moment of reading is explained on the page', () => {
  for (const { reader, again } of settings)
    for (const word of [reader, again]) equal(page.includes(`- **${word}**: `), true, word)
})

test('every file of the sample tree is in the registry and has something to say', () => {
  for (const name of readdirSync(`${root}/control`).filter((file) => file !== 'README.md')) {
    const setting = settings.find((one) => one.name === name)
    const content = readFileSync(`${root}/control/${name}`, 'latin1')
    if (setting?.reader === 'list' || setting?.reader === 'map') equal(content.endsWith('\n'), true, name)
    else equal(/^\S+\n$/.test(content), true, name)
  }
})

test('the sample tree is a home for example.test', () => {
  const lines = (name: string) => linesOf(readFileSync(`${root}/control/${name}`, 'latin1'))
  deepEqual(lines('me'), ['example.test'])
  deepEqual(lines('profile'), ['modern'])
  equal(lines('locals').includes('example.test'), true)
  deepEqual(lines('rcpthosts'), ['example.test'])
  equal(mapOf(lines('virtualdomains')).size + mapOf(lines('smtproutes')).size, 0)
})

/** Names that the sources hand to one of the readers, with the program or concept that does it. */
function namesRead(): readonly (readonly [name: string, where: string])[] {
  const call =
    /\b(?:read(?:Line|Integer|List|LineOrMe|ListOrMe)\(\s*[\w.]+,|controls?\??\.(?:line|integer|list|lineOrMe|listOrMe)\()\s*'([^']+)'/g
  return globSync('{src,lib}/**/*.ts', { cwd: root }).flatMap((path) => {
    const text = readFileSync(`${root}/${path}`, 'utf8')
    return [...text.matchAll(call)].map((match) => [match[1] ?? '', path] as const)
  })
}

test('every control file that a source reads is in the registry, with its reader', () => {
  for (const [name, path] of namesRead()) {
    const setting = settings.find((one) => one.name === name)
    equal(setting !== undefined, true, `${path} reads control/${name}`)
    const [tree, program = ''] = path.split('/')
    if (tree === 'src') equal(setting?.readBy.includes(program), true, `${path} reads control/${name}`)
  }
})
