/**
 * Conversations as text: what the client sends, what the server answers, and what the queue gets. A file of them reads like a page of the RFC.
 *
 *   # RFC 5321 §4.1.1.3: title
 *   control NAME line / line      a control file; `control NAME` alone removes it
 *   env NAME=value                a variable of the client; `env NAME` alone removes it
 *   queue exit=82 text6=Zwords    how the queue program ends
 *   C: line                       the client sends it, with CR LF; lines that follow one another are one write
 *   C| bytes                      without CR LF; escapes \r \n \t \0 \\ \xHH in both
 *   C* 3 line                     three times
 *   EOF                           the client closes its side
 *   S: line                       the server says it; {n} is a number, {date} a date
 *   S* 3 line                     three times
 *   END 1                         the server closes; exit code in one-shot life
 *   R: line                       of the Received field
 *   M: line   M| bytes            of the message that the last submission has, below the Received field
 *   E: bytes                      its envelope
 *   queued 2                      how many messages are in the queue
 */

export interface Transcript {
  readonly title: string
  readonly control: ReadonlyMap<string, string | undefined>
  readonly env: ReadonlyMap<string, string | undefined>
  readonly queue: { readonly exit: number; readonly text6: string }
  readonly turns: readonly Turn[]
  readonly received: string | undefined
  readonly message: string | undefined
  readonly envelope: string | undefined
  readonly queued: number | undefined
}

export type Turn =
  | { readonly is: 'client'; readonly bytes: string }
  | { readonly is: 'server'; readonly lines: readonly string[] }
  | { readonly is: 'eof' }
  | { readonly is: 'end'; readonly code: number }

/** The host of cases.md. */
const control: Readonly<Record<string, string>> = {
  me: 'mx.example.org\n',
  locals: 'local.example\nmx.example.org\n',
  rcpthosts: 'local.example\n.sub.example\nvirt.example\nmx.example.org\n',
  virtualdomains:
    'virt.example:alias-virt\nexc.virt.example:\n.virt.example:alias-wild\nbob@special.example:alias-bob\n',
}

export function parseTranscripts(text: string): readonly Transcript[] {
  return text
    .split(/^# /m)
    .slice(1)
    .map((part) => parseTranscript(part))
}

function parseTranscript(text: string): Transcript {
  const [title = '', ...lines] = text.split('\n')
  const transcript = {
    title,
    control: new Map<string, string | undefined>(Object.entries(control)),
    env: new Map<string, string | undefined>(),
    queue: { exit: 0, text6: '' },
    turns: [] as Turn[],
    received: undefined as string | undefined,
    message: undefined as string | undefined,
    envelope: undefined as string | undefined,
    queued: undefined as number | undefined,
  }
  for (const line of lines) if (line.trim() !== '') parseLine(line, transcript)
  return transcript
}

function parseLine(line: string, into: Mutable<Transcript>): void {
  const [, word = '', rest = ''] = /^(\S+) ?(.*)$/.exec(line) ?? []
  const counted = /^([0-9]+) (.*)$/.exec(rest)
  const times = Number(counted?.[1] ?? 1)
  const again = counted?.[2] ?? ''
  switch (word) {
    case 'control':
    case 'env':
      setEntry(into[word] as Map<string, string | undefined>, rest, word)
      return
    case 'queue':
      into.queue = queueOf(rest)
      return
    case 'C:':
      return say(into, `${unescape(rest)}\r\n`)
    case 'C|':
      return say(into, unescape(rest))
    case 'C*':
      return say(into, `${unescape(again)}\r\n`.repeat(times))
    case 'S:':
      return hear(into, [rest])
    case 'S*':
      return hear(
        into,
        Array.from({ length: times }, () => again),
      )
    case 'EOF':
      return void (into.turns as Turn[]).push({ is: 'eof' })
    case 'END':
      return void (into.turns as Turn[]).push({ is: 'end', code: Number(rest) })
    case 'R:':
      into.received = `${into.received ?? ''}${rest}\n`
      return
    case 'M:':
      into.message = `${into.message ?? ''}${unescape(rest)}\n`
      return
    case 'M|':
      into.message = `${into.message ?? ''}${unescape(rest)}`
      return
    case 'E:':
      into.envelope = unescape(rest)
      return
    case 'queued':
      into.queued = Number(rest)
      return
    default:
      throw new Error(`${into.title}: ${line}`)
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

function setEntry(map: Map<string, string | undefined>, rest: string, kind: 'control' | 'env'): void {
  const [, name = '', value] =
    kind === 'control' ? (/^(\S+)(?: (.*))?$/.exec(rest) ?? []) : (/^([^=]+)(?:=(.*))?$/.exec(rest) ?? [])
  if (value === undefined) map.set(name, undefined)
  else map.set(name, kind === 'control' ? `${unescape(value).split(' / ').join('\n')}\n` : unescape(value))
}

function queueOf(rest: string): Transcript['queue'] {
  const [, exit = '0', text6 = ''] = /^exit=([0-9]+)(?: text6=(.*))?$/.exec(rest) ?? []
  return { exit: Number(exit), text6 }
}

function say({ turns }: Transcript, bytes: string): void {
  const last = turns.at(-1)
  if (last?.is === 'client') (last as Mutable<typeof last>).bytes += bytes
  else (turns as Turn[]).push({ is: 'client', bytes })
}

function hear({ turns }: Transcript, lines: readonly string[]): void {
  const last = turns.at(-1)
  if (last?.is === 'server') (last.lines as string[]).push(...lines)
  else (turns as Turn[]).push({ is: 'server', lines: [...lines] })
}

const escapes: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' }

function unescape(text: string): string {
  return text.replace(/\\(?:x([0-9a-f]{2})|([rnt0\\]))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (escapes[letter] ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

/** Is it what the transcript says, with its numbers and dates? */
export function isLike(expected: string, actual: string): boolean {
  const pattern = expected
    .replace(/[.*+?^$()|[\]\\]/g, '\\$&')
    .replaceAll('{n}', '[0-9]+')
    .replaceAll('{date}', '[0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} -0000')
  return new RegExp(`^${pattern}$`).test(actual)
}
