import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatParameters,
  mustHonour,
  PARAMETER_BYTES,
  parseParameters,
  withParameters,
} from '../../../../lib/envelope/parameters.ts'

test('parameters are words with or without a value, kept as they came', () => {
  const text = 'RET=HDRS ENVID=a+20b SMTPUTF8 BY=120;R X-A=b=c'
  const parsed = parseParameters(text)
  assert.deepEqual(
    parsed?.map(({ keyword, value }) => [keyword, value]),
    [
      ['RET', 'HDRS'],
      ['ENVID', 'a+20b'],
      ['SMTPUTF8', undefined],
      ['BY', '120;R'],
      ['X-A', 'b=c'],
    ],
  )
  assert.equal(formatParameters(parsed ?? []), text)
})

test('empty texts, other blanks, lower case, bytes outside 33 to 126 and empty values are no parameters', () => {
  for (const text of [
    '',
    ' ',
    'A ',
    ' A',
    'A  B',
    'A\tB',
    'a',
    'A=',
    '=A',
    '-A',
    'A=\x7f',
    'A=\x80',
    'A=\0',
    'A\n',
  ])
    assert.equal(parseParameters(text), undefined, JSON.stringify(text))
})

test(`a text of ${PARAMETER_BYTES} bytes is taken, one byte more is not`, () => {
  const most = `ENVID=${'x'.repeat(PARAMETER_BYTES - 6)}`
  assert.equal(parseParameters(most)?.length, 1)
  assert.equal(parseParameters(`${most}x`), undefined)
})

test('what must be honoured is found in any text, once', () => {
  assert.equal(mustHonour(['RET=HDRS REQUIRETLS', 'REQUIRETLS']), 'REQUIRETLS')
  assert.equal(mustHonour(['RET=HDRS', 'X=REQUIRETLS']), '')
})

test('missing words are added, words that are there keep their value', () => {
  assert.equal(withParameters('RET=HDRS', 'REQUIRETLS RET=FULL'), 'RET=HDRS REQUIRETLS')
  assert.equal(withParameters('', 'REQUIRETLS'), 'REQUIRETLS')
  assert.equal(withParameters('RET=HDRS', ''), 'RET=HDRS')
})
