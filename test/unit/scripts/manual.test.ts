/** The manual against the code: every program's launcher and page, and the check itself on bad samples. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkManual, explainedCodes, pageTrouble } from '../../../scripts/manual.ts'

test('every program has its launcher and its page, and the pages keep to the code', () => {
  assert.deepEqual(checkManual(), [])
})

test('a page has its sections in one order', () => {
  const page = '## NAME\n## SYNOPSIS\n## DESCRIPTION\n'
  assert.deepEqual(pageTrouble(`${page}## EXIT CODES\n## SEE ALSO\n`), [])
  assert.equal(pageTrouble(`${page}## SEE ALSO\n## EXIT CODES\n`).length, 1)
  assert.deepEqual(pageTrouble(`${page}## BUGS\n`), ['a section that pages do not have: BUGS'])
  assert.deepEqual(pageTrouble('## NAME\n## SYNOPSIS\n'), ['no section DESCRIPTION'])
})

test('the exit codes of a page are the numbers that begin the rows of its section', () => {
  const page =
    '## FILES\n- 9 lives\n## EXIT CODES\n\n| code |\n| --- |\n| 0 | queued |\n| 11 | too long: 1003 bytes |\n- `53`: write\n## SEE ALSO\n- 8\n'
  assert.deepEqual(explainedCodes(page), [0, 11, 53])
})
