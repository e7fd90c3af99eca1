import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LocalOutcome } from '../../../../src/lspawn/outcome.ts'

function report(output: string, code: number, pieceBytes = output.length): string {
  const outcome = new LocalOutcome()
  const bytes = Buffer.from(output, 'latin1')
  for (let at = 0; at < bytes.length; at += pieceBytes) outcome.receive(bytes.subarray(at, at + pieceBytes))
  const { letter, text } = outcome.report({ is: 'code', code })
  return letter + text
}

test('0 is success, 111, 71, 74 and 75 are tried again, all else fails for good', () => {
  assert.equal(report('did 1+0+0\n', 0), 'Kdid 1+0+0\n')
  for (const code of [111, 71, 74, 75]) assert.equal(report('later', code), 'Zlater')
  for (const code of [1, 64, 70, 76, 99, 100, 110, 114, 122, 125, 127, 255])
    assert.equal(report('never', code), 'Dnever')
})

test('the codes of the steps before qmail-local have their own texts and drop the output', () => {
  const texts: readonly (readonly [number, string])[] = [
    [112, 'ZInternal qmail-lspawn bug.\n'],
    [113, 'ZNot allowed to perform deliveries as root.\n'],
    [115, 'ZNFS failure in qmail-local.\n'],
    [116, 'ZUnable to find alias user!\n'],
    [117, 'ZTrouble reading users/cdb in qmail-lspawn.\n'],
    [118, 'ZTemporary failure in qmail-lspawn.\n'],
    [119, 'ZOut of memory in qmail-lspawn.\n'],
    [120, 'ZUnable to run qmail-local.\n'],
    [121, 'ZUnable to run qmail-getpw.\n'],
    [126, 'DUnable to run qmail-local.\n'],
  ]
  for (const [code, text] of texts) assert.equal(report('out', code), text)
})

test('death by a signal is tried again', () => {
  const outcome = new LocalOutcome()
  outcome.receive(Buffer.from('half'))
  assert.deepEqual(outcome.report({ is: 'signal', signal: 'SIGSEGV' }), {
    letter: 'Z',
    text: 'qmail-local crashed.\n',
  })
})

test('D26: 3000 bytes of output are kept, of 3001 the first 2966 and a remark', () => {
  const whole = 'x'.repeat(3000)
  const cut = `D${'x'.repeat(2966)}\nError report too long, sorry.\n`
  assert.equal(report(whole, 100), `D${whole}`)
  assert.equal(report(`${whole}x`, 100), cut)
  assert.equal(report('x'.repeat(5000), 100, 700), cut)
  assert.equal(report('x'.repeat(3001), 100, 1000), cut)
})

test('D27: output counts up to its first NUL', () => {
  assert.equal(report('ab\0cd', 100), 'Dab')
  assert.equal(report(`ab\0${'x'.repeat(4000)}`, 100), 'Dab')
  assert.equal(report('\0', 0), 'K')
})

test('the letter does not depend on the output', () => {
  assert.equal(report('Kall fine', 100), 'DKall fine')
})
