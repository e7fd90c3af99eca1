import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errnoOf, errorText, isTemporary } from '../../../../lib/failure/errno.ts'
import { exitCode, permanent, status, temporary } from '../../../../lib/failure/failure.ts'
import { queueFailure, queueFailureWithText, queueText } from '../../../../lib/queue/exitcode.ts'

test('the class of a status is the retry, so the two cannot disagree', () => {
  assert.equal(status(temporary('3.0', 'x')), '4.3.0')
  assert.equal(status(permanent('1.1', 'x')), '5.1.1')
  assert.deepEqual([exitCode(temporary('3.0', 'x')), exitCode(permanent('3.0', 'x'))], [111, 100])
})

test('errors have the words that qmail has for them', () => {
  assert.equal(errorText({ code: 'ENOENT' }), 'file does not exist')
  assert.equal(errorText({ code: 'EWHATEVER' }), 'error')
  assert.equal(errnoOf(null), '')
  assert.ok(isTemporary({ code: 'EDQUOT' }))
  assert.ok(!isTemporary({ code: 'ENOENT' }))
})

const table: readonly (readonly [code: number, letter: 'D' | 'Z', text: string])[] = [
  [11, 'D', 'envelope address too long for qq (#5.1.3)'],
  [115, 'D', 'envelope address too long for qq (#5.1.3)'],
  [31, 'D', 'mail server permanently rejected message (#5.3.0)'],
  [12, 'D', 'qq permanent problem (#5.3.0)'],
  [40, 'D', 'qq permanent problem (#5.3.0)'],
  [41, 'Z', 'qq temporary problem (#4.3.0)'],
  [51, 'Z', 'qq out of memory (#4.3.0)'],
  [53, 'Z', 'qq write error or disk full (#4.3.0)'],
  [61, 'Z', 'qq trouble in home directory (#4.3.0)'],
  [66, 'Z', 'qq trouble creating files in queue (#4.3.0)'],
  [72, 'Z', 'connection to mail server timed out (#4.4.1)'],
  [74, 'Z', 'communication with mail server failed (#4.4.2)'],
  [91, 'Z', 'qq internal bug (#4.3.0)'],
  [120, 'Z', 'unable to exec qq (#4.3.0)'],
  [82, 'Z', 'qq temporary problem (#4.3.0)'],
  [111, 'Z', 'qq temporary problem (#4.3.0)'],
]

for (const [code, letter, text] of table) {
  test(`a queue program that exits ${code} says ${letter}: ${text}`, () => {
    const failure = queueFailure(code)
    assert.deepEqual([failure.retry, queueText(failure)], [letter === 'D' ? 'never' : 'later', text])
  })
}

test('the text of codes 82 and 88 is the result, if it is one', () => {
  const said = (code: number, text: string): string => {
    const failure = queueFailureWithText(code, text)
    return `${failure.retry} ${queueText(failure)}`
  }
  assert.equal(said(82, 'Zcustom temp reason'), 'later custom temp reason')
  assert.equal(said(88, 'Dno\0rest'), 'never no')
  assert.equal(said(82, 'Xwhat'), 'later qq temporary problem (#4.3.0)')
  assert.equal(said(82, 'D.'), 'later qq temporary problem (#4.3.0)')
  assert.equal(said(31, 'Zcustom'), 'never mail server permanently rejected message (#5.3.0)')
})
