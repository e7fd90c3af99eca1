import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { type Instruction, parseInstructions } from '../../../../src/local/instruction.ts'

/** One line for each instruction. */
function parsed(text: string, forwardOnly = false): readonly string[] {
  return parseInstructions(text, forwardOnly).map(shown)
}

function shown(instruction: Instruction): string {
  switch (instruction.is) {
    case 'mbox':
    case 'maildir':
      return `${instruction.is} ${instruction.path}`
    case 'program':
      return `program ${instruction.command}`
    case 'forward':
      return `forward ${instruction.address}`
    case 'refusal':
      return `${instruction.failure.retry} ${instruction.failure.text} ${instruction.failure.subject}`
  }
}

const blank = 'later Uh-oh: first line of .qmail file is blank. 2.1'
const fileRefused = 'later Uh-oh: .qmail has file delivery but has x bit set. 7.0'
const programRefused = 'later Uh-oh: .qmail has prog delivery but has x bit set. 7.0'

test('the first byte of a line says what it is', () => {
  const text = '# c\n\n./Mailbox\n/h/Maildir/\n|true\n&x@y\nx@y z\n+other\n%ext\n'
  assert.deepEqual(parsed(text), [
    'mbox ./Mailbox',
    'maildir /h/Maildir/',
    'program true',
    'forward x@y',
    'forward x@y z',
    'forward %ext',
  ])
})

test('blanks at the end of a line do not count, those at its beginning do', () => {
  assert.deepEqual(parsed('./Mailbox  \t\n| true \t \n joe@x\n&\tx\n./Maildir/ '), [
    'mbox ./Mailbox',
    'program  true',
    'forward  joe@x',
    'forward \tx',
    'maildir ./Maildir/',
  ])
})

test('the last line may lack its line feed', () => {
  assert.deepEqual(parsed('./a\n./b'), ['mbox ./a', 'mbox ./b'])
})

test('a blank first line refuses the file; later ones are nothing', () => {
  for (const text of ['', '\n', ' \t\n./Mailbox\n', '\n./Mailbox\n']) assert.deepEqual(parsed(text), [blank])
  assert.deepEqual(parsed('#\n\n \n'), [])
})

test('with the x bit files and programs are refused where they stand', () => {
  assert.deepEqual(parsed('x@y\n./Mailbox\n./Maildir/\n|true\nz@w\n', true), [
    'forward x@y',
    fileRefused,
    fileRefused,
    programRefused,
    'forward z@w',
  ])
})

test('+list has the effect of the x bit from there on', () => {
  assert.deepEqual(parsed('./a\n+list \n./b\n+lists\n|c\n'), ['mbox ./a', fileRefused, programRefused])
  assert.deepEqual(parsed('./a\n+lists\n./b\n'), ['mbox ./a', 'mbox ./b'])
})

test('a NUL ends a line', () => {
  assert.deepEqual(parsed('|echo a\0b\n./x/\0y\n'), ['program echo a', 'maildir ./x/'])
})

test('a lone ampersand and a lone bar are instructions', () => {
  assert.deepEqual(parsed('&\n|\n.\n/\n'), ['forward ', 'program ', 'mbox .', 'maildir /'])
})

test('no text makes the parser throw, and no instruction spans lines', () => {
  const text = fc.string({ unit: fc.constantFrom(...'#\n|./+&% \t\0xl\xff'), maxLength: 60 })
  fc.assert(
    fc.property(text, fc.boolean(), (text, forwardOnly) => {
      for (const one of parsed(text, forwardOnly)) assert.ok(!one.includes('\n') && !one.includes('\0'))
    }),
  )
})

test('100,000 lines are parsed in well under a second', () => {
  const started = performance.now()
  assert.equal(parseInstructions('&somebody@example.org\n'.repeat(100_000), true).length, 100_000)
  assert.ok(performance.now() - started < 1000)
})
