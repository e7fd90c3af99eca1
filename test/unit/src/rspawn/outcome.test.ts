import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { RemoteOutcome } from '../../../../src/rspawn/outcome.ts'

/** The report as it goes over the wire: the letter, then the text. */
function report(output: string, code = 0, pieceBytes = output.length): string {
  const outcome = new RemoteOutcome()
  const bytes = Buffer.from(output, 'latin1')
  for (let at = 0; at < bytes.length; at += pieceBytes) outcome.receive(bytes.subarray(at, at + pieceBytes))
  const { letter, text } = outcome.report({ is: 'code', code })
  return letter + text
}

const cases: readonly (readonly [id: string, output: string, expected: string])[] = [
  ['G1', 'r\0Kok\n\0', 'Kok\n'],
  ['G2', 'hperm\n\0Dgiving\n\0', 'Dperm\ngiving\n'],
  ['G4', 'hperm\n\0r\0Kok\n\0', 'Dperm\n'],
  ['G5', 'r\0hperm\n\0Kok\n\0', 'K'],
  ['G6', 'stemp\n\0Kok\n\0', 'Ztemp\n'],
  ['G8a', 'Zconn\n\0', 'Zconn\n'],
  ['G8b', 'Ddns\n\0', 'Ddns\n'],
  ['G8c', 'K\0', 'K'],
  ['G9a', 'garbage no nul', 'D'],
  ['G9b', 'r\0', 'D'],
  ['G9c', 'Knoterm', 'D'],
  ['G10', '', 'Zqmail-remote produced no output.\n'],
  ['7.3 soft recipient', 'sA\n\0DB\n\0', 'ZA\nB\n'],
  ['7.3 hard recipient, soft message', 'hA\n\0ZB\n\0', 'DA\n'],
  ['soft recipient, soft message', 'sA\n\0ZB\n\0', 'ZA\nB\n'],
  ['accepted recipient, soft message', 'r\0ZB\n\0', 'ZB\n'],
  ['two message reports', 'Kone\n\0Dtwo\n\0', 'Kone\ntwo\n'],
  ['output that begins with NUL', '\0Kok\n\0', 'KKok\n'],
  ['output that begins with NUL, third report', '\0hA\n\0DB\n\0', 'DhA\nB\n'],
  ['only NUL', '\0', 'D'],
  ['recipient report without its NUL', 'stemp', 'Z'],
  ['message report without its NUL', 'r\0Knoterm', 'D'],
  ['8-bit bytes', 'r\0K\xe9\xff\n\0', 'K\xe9\xff\n'],
]
for (const [id, output, expected] of cases)
  test(`${id}: ${JSON.stringify(output)} gives ${JSON.stringify(expected)}, in any pieces`, () => {
    assert.equal(report(output), expected)
    assert.equal(report(output, 0, 1), expected)
  })

test('G12: the exit code counts more than the output', () => {
  assert.equal(report('r\0Kok\n\0', 111), 'ZUnable to run qmail-remote.\n')
  for (const code of [1, 99, 100, 112, 255])
    assert.equal(report('r\0Kok\n\0', code), 'DUnable to run qmail-remote.\n')
})

test('G12: death by a signal is tried again', () => {
  const outcome = new RemoteOutcome()
  outcome.receive(Buffer.from('r\0Kok\n\0'))
  assert.deepEqual(outcome.report({ is: 'signal', signal: 'SIGKILL' }), {
    letter: 'Z',
    text: 'qmail-remote crashed.\n',
  })
})

test('a message report behind any amount of output counts, and a report is kept to 65536 bytes', () => {
  const noise = `r${'x'.repeat(70000)}\0`
  assert.equal(report(`r\0${noise.repeat(40)}Kok\n\0`), 'K')
  assert.equal(report(noise + 'Kok\n\0').length, 'K'.length + 65535 + 'ok\n'.length)
  assert.equal(report(`r${'x'.repeat(65535)}\0Kok\n\0`), `K${'x'.repeat(65535)}ok\n`)
})

test('no output throws, and the letter is K, Z or D', () => {
  const bytes = fc.array(fc.constantFrom('\0', 'r', 's', 'h', 'K', 'Z', 'D', 'x', '\n'), { maxLength: 24 })
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 5 }), (parts, size) => {
      const output = parts.join('')
      assert.match(report(output), /^[KZD]/)
      assert.equal(report(output, 0, size), report(output))
    }),
  )
})
