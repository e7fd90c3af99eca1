import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '../../../../src/local/outcome.ts'
import { verdictOf } from '../../../../src/local/verdict.ts'

function codeFor(code: number): string | number {
  const verdict = verdictOf({ is: 'code', code })
  if (verdict.ok) return verdict.value
  const { code: ours, stdout, stderr } = failure(verdict.failure)
  assert.equal(stdout + stderr, '', 'the program has said it all')
  return ours
}

test('0 goes on, 99 stops', () => {
  assert.equal(codeFor(0), 'next')
  assert.equal(codeFor(99), 'stop')
})

test('eight codes are never, all the others later', () => {
  const never = [64, 65, 70, 76, 77, 78, 100, 112]
  for (let code = 1; code < 256; code += 1) {
    if (code !== 99) assert.equal(codeFor(code), never.includes(code) ? 100 : 111, `code ${code}`)
  }
})

test('a signal is later, and is said', () => {
  const verdict = verdictOf({ is: 'signal', signal: 'SIGKILL' })
  assert.ok(!verdict.ok)
  assert.deepEqual(failure(verdict.failure), {
    code: 111,
    stdout: '',
    stderr: 'Aack, child crashed. (#4.3.0)\n',
  })
})
