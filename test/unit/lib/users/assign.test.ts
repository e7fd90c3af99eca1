import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { byteString } from '../../../../lib/bytes/bytes.ts'
import { ok } from '../../../../lib/failure/failure.ts'
import { parseAssign } from '../../../../lib/users/assign.ts'
import { type Find, lookUpAssigned } from '../../../../lib/users/lookup.ts'

const h1 = '=joe:joe:1:2:/h:::\n+joe-:joe:1:2:/h:-::\n+:alias:3:4:/a:-::\n.\n'

function records(content: string) {
  const result = parseAssign(content)
  return result.ok ? result.value : result.failure.text
}

function findIn(content: string): Find {
  const found = parseAssign(content)
  const all = found.ok ? found.value : []
  return (key) => ok(all.find(([other]) => other === key)?.[1])
}

function assigned(content: string, local: string) {
  const result = lookUpAssigned(findIn(content), local)
  if (!result.ok) return `${result.failure.retry} ${result.failure.text}`
  const found = result.value
  return found && `${found.user} ${found.uid} ${found.gid} ${found.home} [${found.dash}] [${found.ext}]`
}

test('H1: entries become keys, and the empty key holds the last characters of the wildcards', () => {
  deepEqual(records(h1), [
    ['!joe\0', 'joe\x001\x002\0/h\0\0'],
    ['!joe-', 'joe\x001\x002\0/h\0-\0'],
    ['!', 'alias\x003\x004\0/a\0-\0'],
    ['', '-'],
  ])
})

test('H2: the longest wildcard wins, and the extension keeps its case', () => {
  equal(assigned(h1, 'Joe-Foo'), 'joe 1 2 /h [-] [Foo]')
  equal(assigned(h1, 'JOE'), 'joe 1 2 /h [] []')
  equal(assigned(h1, 'joe-'), 'joe 1 2 /h [-] []')
})

test('H3: what nothing else takes goes to the empty wildcard', () => {
  equal(assigned(h1, 'unknown'), 'alias 3 4 /a [-] [unknown]')
  equal(assigned(h1, 'joefoo'), 'alias 3 4 /a [-] [joefoo]')
})

test('H5: a wildcard in upper case is never found', () => {
  const content = '+FOO:u:1:2:/h:-::\n.\n'
  deepEqual(records(content), [
    ['!foo', 'u\x001\x002\0/h\0-\0'],
    ['', 'O'],
  ])
  equal(assigned(content, 'foobar'), undefined)
})

test('H6: what is no entry, and a file without its last line, is refused', () => {
  const entry = '=joe:joe:1:2:/h:::\n'
  for (const bad of [
    entry,
    `${entry}=a:b:1:2:/h::\n.\n`,
    'nocolon\n.\n',
    `\n${entry}.\n`,
    ':a:b:1:2:/h::\n.\n',
    '',
  ])
    equal(records(bad), 'bad format in users/assign')
  equal(records(`${entry}=x\0:x:1:2:/h:::\n.\n`), 'bad format in users/assign')
  equal(records(`${entry}${entry.trimEnd()}`), 'bad format in users/assign')
})

test('H6b: more colons are a comment, another first byte is an exact entry, the file ends at the dot', () => {
  deepEqual(records('=joe:joe:1:2:/h:::comment:more\nzJane:j:1:2:/h:::\n.x\nnonsense\n'), [
    ['!joe\0', 'joe\x001\x002\0/h\0\0'],
    ['!jane\0', 'j\x001\x002\0/h\0\0'],
    ['', ''],
  ])
})

test('the dot needs no line end, and a file may have no entries', () => {
  deepEqual(records('.'), [['', '']])
  equal(assigned('.', 'joe'), undefined)
})

test('each last character is listed once, in the order of its first wildcard', () => {
  const content = ['+b-:', '+a.:', '+c-:', '+:', '+\xe9:'].map((key) => `${key}u:1:2:/h:-::\n`).join('')
  const found = records(`${content}.\n`)
  deepEqual(typeof found === 'string' ? found : found.at(-1), ['', '-.\xe9'])
})

test('the first of equal entries counts', () => {
  equal(assigned('=joe:one:1:2:/h:::\n=JOE:two:3:4:/i:::\n.\n', 'joe'), 'one 1 2 /h [] []')
})

test('an entry may set an extension of its own, in front of what is left over', () => {
  equal(assigned('+list-:joe:1:2:/h:-:lists-:\n.\n', 'list-Foo'), 'joe 1 2 /h [-] [lists-Foo]')
  equal(assigned('=list:joe:1:2:/h:-:lists:\n.\n', 'list'), 'joe 1 2 /h [-] [lists]')
})

test('a table without the empty key, or with a value that newu did not write, is broken, not empty', () => {
  equal(lookUpAssigned(() => ok(undefined), 'joe').ok, false)
  const find: Find = (key) => ok(key === '' ? '' : 'joe\x001')
  equal(lookUpAssigned(find, 'joe').ok, false)
  equal(assigned('=joe:joe:4294967295:2:/h:::\n.\n', 'joe'), 'later users/cdb damaged')
  equal(assigned('=joe:joe:4294967294:2:/h:::\n.\n', 'joe'), 'joe 4294967294 2 /h [] []')
})

test('an id without digits is root’s, so that nobody delivers as it', () => {
  equal(assigned('=joe:joe:x:2:/h:::\n.\n', 'joe'), 'joe 0 2 /h [] []')
})

test('an empty local part is found by the empty wildcard only', () => {
  equal(assigned(h1, ''), 'alias 3 4 /a [-] []')
  equal(assigned('=joe:joe:1:2:/h:::\n.\n', ''), undefined)
})

test('no text makes the parser throw', () => {
  const text = fc
    .array(fc.constantFrom('=', '+', ':', '\n', '.', 'a', '\0', '1'))
    .map((parts) => parts.join(''))
  fc.assert(fc.property(text, (content) => void parseAssign(content)))
  fc.assert(fc.property(fc.uint8Array(), (content) => void parseAssign(byteString(content))))
})
