/**
 * Give a program the message with the lines in front that local would put above it: what procmail and many others expect.
 * Pure. preline(8).
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { Environment } from '../../lib/program/run.ts'

export interface Preline {
  /** The variables whose lines stand in front, in their order. */
  readonly variables: readonly ByteString[]
  readonly command: readonly [program: ByteString, ...args: ByteString[]]
}

/** The letters that leave a line out; their capitals put it back. */
const letters: readonly (readonly [letter: string, variable: string])[] = [
  ['f', 'UFLINE'],
  ['r', 'RPLINE'],
  ['d', 'DTLINE'],
]

export interface Misuse {
  readonly option?: string
}

export function parseArguments(argv: readonly ByteString[]): Preline | Misuse {
  const left = new Set<string>()
  let at = 0
  for (; at < argv.length; at += 1) {
    const argument = argv[at] ?? ''
    if (argument === '--') {
      at += 1
      break
    }
    if (!argument.startsWith('-') || argument === '-') break
    for (const option of argument.slice(1)) {
      const letter = option.toLowerCase()
      if (!letters.some(([known]) => known === letter)) return { option }
      if (option === letter) left.add(letter)
      else left.delete(letter)
    }
  }
  const [program, ...args] = argv.slice(at)
  if (program === undefined) return {}
  const variables = letters.filter(([letter]) => !left.has(letter)).map(([, variable]) => variable)
  return { variables, command: [program, ...args] }
}

/** Undefined when one of the three is not set, wanted or not: then this is no line of a .qmail file. */
export function headOf({ variables }: Preline, env: Environment): ByteString | undefined {
  if (letters.some(([, variable]) => env[variable] === undefined)) return undefined
  return variables.map((variable) => env[variable] ?? '').join('')
}
