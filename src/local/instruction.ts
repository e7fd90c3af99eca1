/**
 * The instructions of a .qmail file, parsed as a whole before any of them is followed. A line that may not be followed stays in its place
 * as a refusal: what stands before it is still done. Pure. dot-qmail(5).
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { type Failure, temporary } from '../../lib/failure/failure.ts'

export type Instruction =
  | { readonly is: 'mbox'; readonly path: ByteString }
  | { readonly is: 'maildir'; readonly path: ByteString }
  | { readonly is: 'program'; readonly command: ByteString }
  | { readonly is: 'forward'; readonly address: ByteString }
  | { readonly is: 'refusal'; readonly failure: Failure }

/**
 * `forwardOnly` comes from the owner's x bit on the file. Spaces and tabs at the end of a line do not count, those at its
 * beginning do; a NUL ends a line, as for every C program.
 */
export function parseInstructions(text: ByteString, forwardOnly: boolean): readonly Instruction[] {
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n').map(withoutTail)
  if (lines[0] === '') return [refusal('2.1', 'Uh-oh: first line of .qmail file is blank.')]
  const instructions: Instruction[] = []
  let onlyForwards = forwardOnly
  for (const line of lines) {
    if (line === '+list') onlyForwards = true
    const instruction = instructionOf(line)
    if (instruction !== undefined) instructions.push(onlyForwards ? restricted(instruction) : instruction)
  }
  return instructions
}

function withoutTail(line: ByteString): ByteString {
  const nul = line.indexOf('\0')
  let end = nul === -1 ? line.length : nul
  while (end > 0 && (line[end - 1] === ' ' || line[end - 1] === '\t')) end -= 1
  return line.slice(0, end)
}

/** One line by its first byte. Extensions (`%`) will be cases of their own here; qmail forwards to them. */
function instructionOf(line: ByteString): Instruction | undefined {
  switch (line[0]) {
    case undefined:
    case '#':
    case '+':
      return undefined
    case '|':
      return { is: 'program', command: line.slice(1) }
    case '.':
    case '/':
      return { is: line.endsWith('/') ? 'maildir' : 'mbox', path: line }
    case '&':
      return { is: 'forward', address: line.slice(1) }
    default:
      return { is: 'forward', address: line }
  }
}

function restricted(instruction: Instruction): Instruction {
  switch (instruction.is) {
    case 'mbox':
    case 'maildir':
      return refusal('7.0', 'Uh-oh: .qmail has file delivery but has x bit set.')
    case 'program':
      return refusal('7.0', 'Uh-oh: .qmail has prog delivery but has x bit set.')
    default:
      return instruction
  }
}

function refusal(subject: Failure['subject'], text: string): Instruction {
  return { is: 'refusal', failure: temporary(subject, text) }
}
