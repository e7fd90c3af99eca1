/**
 * The load of the workloads: Postfix's smtp-source, which says nothing until every message was answered with 250 and fails when one was
 * not. Its messages are the same for every server: five header lines of its own and a body of X.
 */
import { spawn } from 'node:child_process'
import { type Peer, fetchPeer, programOf } from '../peers/fetch.ts'

export interface Load {
  readonly sessions: number
  readonly messages: number
  readonly sizeBytes: number
  /** Many messages on one connection (smtp-source -d). */
  readonly keepConnection: boolean
}

export function findLoad(): Peer {
  return fetchPeer('postfix')
}

/** Seconds from the first connection to the last answer. */
export async function send(port: number, load: Load): Promise<number> {
  const peer = findLoad()
  if ('missing' in peer) throw new Error(peer.missing)
  const [program, env] = programOf(peer, '/usr/sbin/smtp-source')
  const args = [
    ...(load.keepConnection ? ['-d'] : []),
    '-s',
    String(load.sessions),
    '-m',
    String(load.messages),
    '-l',
    String(load.sizeBytes),
    '-f',
    'bench@example.test',
    '-t',
    'you@example.test',
    `127.0.0.1:${port}`,
  ]
  const start = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise<number | null>((done) => child.once('close', done))
  const seconds = (performance.now() - start) / 1000
  if (code !== 0 || said !== '')
    throw new Error(`smtp-source: ${said.trim().split('\n')[0]} (exit code ${code})`)
  return seconds
}

/**
 * Is it, below whatever header lines a server put in front, a message of smtp-source of that size, to the byte? The four header
 * lines are its own; the body has lines of 78 bytes that begin with their number's last digit.
 */
export function isIntact(message: Buffer, sizeBytes: number): boolean {
  const text = message.toString('latin1')
  const begin = /From: <bench@example\.test>\nTo: <you@example\.test>\nDate: .*\nMessage-Id: .*\n\n/.exec(
    text,
  )
  return begin !== null && text.slice(begin.index + begin[0].length) === bodyOf(sizeBytes)
}

const LINE_BYTES = 80

/** With LF line ends; the size counts CRLF, but not that of a last short line. */
function bodyOf(sizeBytes: number): string {
  const lines = Math.floor(sizeBytes / LINE_BYTES)
  const rest = sizeBytes % LINE_BYTES
  const whole = Array.from(
    { length: lines },
    (_, index) => `${(index + 1) % 10}${'X'.repeat(LINE_BYTES - 3)}\n`,
  )
  return whole.join('') + (rest === 0 ? '' : `${'X'.repeat(rest)}\n`)
}
