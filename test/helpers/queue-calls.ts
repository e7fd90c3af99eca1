/**
 * What a running process does to the queue, as the kernel saw it: strace attached to all its threads, its lines read back as short words
 * such as `create info/4/27`, `fsync info/4/27` (at its end), `begin fsync info/4` and `ask todo/27`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

export interface Traced {
  /** After the process has ended. */
  readonly calls: () => Promise<readonly string[]>
}

const CALLS = 'openat,unlink,fsync,write,writev,pwrite64'

/** `output` is a file that will be written. */
export async function traceCalls(pid: number, output: string): Promise<Traced> {
  const strace = spawn('strace', ['-f', '-y', '-p', String(pid), '-e', `trace=${CALLS}`, '-o', output], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(strace, 'exit')
  let said = ''
  for await (const chunk of strace.stderr) {
    said += String(chunk)
    if (said.includes('attached')) break
  }
  return {
    calls: async () => {
      await ended
      return readFileSync(output, 'latin1').split('\n').flatMap(wordsOf())
    },
  }
}

/** Calls of several threads overlap: a line that is unfinished is completed by a later one of the same thread. */
function wordsOf(): (line: string) => string[] {
  const unfinished = new Map<string, string>()
  return (line) => {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    const resumed = /^<\.\.\. (\w+) resumed>/.exec(text)
    if (resumed !== null) {
      const call = unfinished.get(thread)
      return call === undefined ? [] : [call]
    }
    const call = wordOf(text)
    if (call === undefined) return []
    if (text.includes('<unfinished ...>')) unfinished.set(thread, call)
    const begins = call.startsWith('fsync') ? [`begin ${call}`] : []
    return text.includes('<unfinished ...>') ? begins : [...begins, call]
  }
}

function wordOf(text: string): string | undefined {
  const [, opened, flags = ''] = /^openat\(AT_FDCWD<[^>]*>, "\.\/([^"]*)", (\S+)/.exec(text) ?? []
  if (opened !== undefined) return flags.includes('O_EXCL') ? `create ${opened}` : `open ${opened}`
  const unlinked = /^unlink\("\.\/([^"]*)"/.exec(text)?.[1]
  if (unlinked !== undefined) return `unlink ${unlinked}`
  const synced = /^fsync\(\d+<.*?\/queue\/([^>]*)>/.exec(text)?.[1]
  if (synced !== undefined) return `fsync ${synced}`
  const marked = /^pwrite64\(\d+<.*?\/queue\/([^>]*)>, "D", 1, (\d+)/.exec(text)
  if (marked !== null) return `mark ${marked[1]}`
  const asked = /^writev?\(\d+<pipe:[^>]*>, .*?"((?:todo|foop)\/\d+)\\0"/.exec(text)?.[1]
  return asked === undefined ? undefined : `ask ${asked}`
}
