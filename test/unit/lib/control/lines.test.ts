import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { firstLine, integerOf, linesOf, mapOf, setOf } from '../../../../lib/control/lines.ts'

test('the line reader takes the first line and strips its end', () => {
  equal(firstLine('mx.example.org\n'), 'mx.example.org')
  equal(firstLine('mx.example.org \t \nsecond\n'), 'mx.example.org')
  equal(firstLine('no line end'), 'no line end')
})

test('the line reader keeps leading blanks and knows no comments', () => {
  equal(firstLine('  a\n'), '  a')
  equal(firstLine('# a\n'), '# a')
})

test('an empty first line is an empty value', () => {
  equal(firstLine(''), '')
  equal(firstLine('\nme\n'), '')
})

test('the integer reader takes the leading digits', () => {
  equal(integerOf('120'), 120)
  equal(integerOf('0'), 0)
  equal(integerOf('12 seconds'), 12)
  equal(integerOf('007'), 7)
})

test('without a leading digit the integer is absent', () => {
  for (const line of ['', ' 5', '-1', '+1', 'x', '.5']) equal(integerOf(line), undefined)
})

test('an integer beyond counting is the largest', () => {
  equal(integerOf('9'.repeat(400)), Number.MAX_SAFE_INTEGER)
  equal(integerOf(String(Number.MAX_SAFE_INTEGER)), Number.MAX_SAFE_INTEGER)
})

test('the list reader drops comments and empty lines and strips line ends', () => {
  deepEqual(linesOf('a\n\n#b\n c \t\n \t\n#\nlast'), ['a', ' c', 'last'])
  deepEqual(linesOf(''), [])
})

test('a # counts only at the beginning of a line', () => {
  deepEqual(linesOf(' #a\nb#c\n'), [' #a', 'b#c'])
})

test('a NUL ends a line', () => {
  deepEqual(linesOf('a\0b\nc\n'), ['a', 'b', 'c'])
})

test('stripping a long line of blanks is quick', () => {
  equal(firstLine(`a${' '.repeat(1_000_000)}b`).length, 1_000_002)
  equal(firstLine(`a${' '.repeat(1_000_000)}`), 'a')
})

test('a map divides at the first colon, ignores other lines, and its last line wins', () => {
  const map = mapOf([
    'Virt.Example:alias-virt',
    'exc.virt.example:',
    'none',
    'host:127.0.0.1:2525',
    ':all',
    'HOST:x',
  ])
  deepEqual(
    [...map],
    [
      ['virt.example', 'alias-virt'],
      ['exc.virt.example', ''],
      ['host', 'x'],
      ['', 'all'],
    ],
  )
  equal(mapOf(['host:127.0.0.1:2525']).get('host'), '127.0.0.1:2525')
})

test('only A to Z are lowered in a key, never in a value', () => {
  deepEqual([...mapOf(['\xc9A:B'])], [['\xc9a', 'B']])
  deepEqual([...setOf(['\xc9A', 'b'])], ['\xc9a', 'b'])
})
