/**
 * The runtime's spawn takes text and encodes it as UTF-8: bytes that are no UTF-8 would reach the child changed. Where an
 * argument or a variable is such, the child is started through /bin/sh, which builds the bytes with printf. Rare, so
 * it may cost a millisecond; addresses must never be altered.
 */
import { type ByteString, bytesOf, decodeUtf8 } from '../bytes/bytes.ts'
import type { Environment } from '../program/run.ts'

interface Invocation {
  readonly program: ByteString
  readonly args: readonly ByteString[]
  readonly argv0?: ByteString
  readonly env: Environment
  readonly cwd?: ByteString
}

interface TextInvocation {
  readonly program: string
  readonly args: readonly string[]
  readonly argv0: string
  readonly env: Record<string, string>
  readonly cwd?: string
}

export function throughShell(invocation: Invocation): TextInvocation {
  const { program, args, argv0 = program } = invocation
  const env: Record<string, string> = {}
  const odd: [name: string, value: ByteString][] = []
  for (const [name, value] of Object.entries(invocation.env)) {
    if (value === undefined) continue
    const text = decodeUtf8(value)
    if (text !== undefined) env[name] = text
    // A name that the shell cannot set has no meaning to any program that we start.
    else if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) odd.push([name, value])
  }
  const words = [program, ...args].map(decodeUtf8)
  const cwd = invocation.cwd === undefined ? undefined : decodeUtf8(invocation.cwd)
  const isOddPlace = invocation.cwd !== undefined && cwd === undefined
  const place = cwd === undefined ? {} : { cwd }
  if (odd.length === 0 && !isOddPlace && words.every((word) => word !== undefined)) {
    const [path = '', ...rest] = words
    return { program: path, args: rest, argv0: decodeUtf8(argv0) ?? path, env, ...place }
  }
  const lines = isOddPlace ? [assignment('place', invocation.cwd ?? ''), 'cd -- "$place" || exit 111'] : []
  return {
    program: '/bin/sh',
    args: ['-c', [...lines, script([program, ...args], odd)].join('\n')],
    argv0: 'sh',
    env,
    ...place,
  }
}

function script(words: readonly ByteString[], variables: readonly (readonly [string, ByteString])[]): string {
  const lines = words.map((word, index) => assignment(`w${index}`, word))
  for (const [name, value] of variables) lines.push(assignment(name, value), `export ${name}`)
  lines.push(`exec ${words.map((_, index) => `"$w${index}"`).join(' ')}`)
  return lines.join('\n')
}

/** Command substitution drops line feeds at the end: a dot guards them and is cut off again. */
function assignment(name: string, value: ByteString): string {
  const octal = [...bytesOf(value)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
  return `${name}=$(printf '${octal}.'); ${name}=\${${name}%.}`
}
