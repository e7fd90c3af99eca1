/**
 * Options as every program of qmail takes them: single letters, together or apart, until the first operand or `--`. A lone `-` is
 * an operand. Pure.
 */
import type { ByteString } from '../bytes/bytes.ts'
import { failed, ok, permanent, type Result } from '../failure/failure.ts'

export interface Option {
  readonly letter: string
  /** Empty for a letter that takes none. */
  readonly value: ByteString
}

export interface Options {
  /** In the order given. */
  readonly options: readonly Option[]
  readonly operands: readonly ByteString[]
}

/** `letters` as getopt(3) has them: a colon follows a letter that takes a value, in the same argument or the next. */
export function parseOptions(argv: readonly ByteString[], letters: string): Result<Options> {
  const options: Option[] = []
  for (let index = 0; ; index += 1) {
    const argument = argv[index]
    if (argument === '--') return ok({ options, operands: argv.slice(index + 1) })
    if (argument === undefined || argument === '-' || !argument.startsWith('-'))
      return ok({ options, operands: argv.slice(index) })
    for (let at = 1; at < argument.length; at += 1) {
      const letter = argument.charAt(at)
      const known = letter === ':' ? -1 : letters.indexOf(letter)
      if (known === -1) return failed(permanent('5.4', `illegal option -- ${letter}`))
      if (letters.charAt(known + 1) !== ':') {
        options.push({ letter, value: '' })
        continue
      }
      const attached = argument.slice(at + 1)
      if (attached === '') index += 1
      const value = attached === '' ? argv[index] : attached
      if (value === undefined) return failed(permanent('5.4', `option requires an argument -- ${letter}`))
      options.push({ letter, value })
      break
    }
  }
}
