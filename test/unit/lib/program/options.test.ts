import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { parseOptions } from '../../../../lib/program/options.ts'

function parsed(...argv: readonly string[]) {
  const result = parseOptions(argv, 'aAf:b:')
  if (!result.ok) return `${result.failure.retry} ${result.failure.text}`
  const options = result.value.options.map(({ letter, value }) =>
    value === '' ? letter : `${letter}=${value}`,
  )
  return `${options.join(' ')} | ${result.value.operands.join(' ')}`
}

test('letters may stand together or apart', () => {
  equal(parsed('-aA', '-a', 'x'), 'a A a | x')
})

test('a value is the rest of the argument, or the next one', () => {
  equal(parsed('-fjoe', '-b', 's', 'x'), 'f=joe b=s | x')
  equal(parsed('-af-', 'x'), 'a f=- | x')
  equal(parsed('-f', '--', 'x'), 'f=-- | x')
})

test('the next argument may be an empty value', () => {
  deepEqual(parseOptions(['-f', '', 'x'], 'f:'), {
    ok: true,
    value: { options: [{ letter: 'f', value: '' }], operands: ['x'] },
  })
})

test('options end at the first operand, at -- and at a lone -', () => {
  equal(parsed('x', '-a'), ' | x -a')
  equal(parsed('-a', '--', '-A'), 'a | -A')
  equal(parsed('-a', '-', '-A'), 'a | - -A')
  equal(parsed(), ' | ')
  equal(parsed('', '-a'), ' |  -a')
})

test('an unknown letter is refused, so is the colon', () => {
  equal(parsed('-az'), 'never illegal option -- z')
  equal(parsed('-:'), 'never illegal option -- :')
})

test('a value that is missing is refused', () => {
  equal(parsed('-a', '-f'), 'never option requires an argument -- f')
})
