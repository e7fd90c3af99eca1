/**
 * Start another program with exactly the descriptors it expects. Children get real pipes (pipe2), files or /dev/null, never the
 * socket pairs that the runtime would make: `/dev/stdin` and `/dev/stderr` cannot be opened on a socket. Arguments and
 * environment are bytes. Nothing here waits for a pipe's end: callers decide what completes a child.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { ByteString } from '../bytes/bytes.ts'
import { failed, ok, type Result, temporary } from '../failure/failure.ts'
import { pipe } from '../os/os.ts'
import type { Environment } from '../program/run.ts'
import { throughShell } from './bytes.ts'

/** How a child ended. */
export type Exit =
  | { readonly is: 'code'; readonly code: number }
  | { readonly is: 'signal'; readonly signal: NodeJS.Signals }

export interface Child {
  readonly pid: number
  /** Never rejects. Descriptors of the child may still be open in its own children. */
  readonly exited: Promise<Exit>
  kill(signal: NodeJS.Signals): void
}

/** One end of a pipe that goes to a child; startProgram closes our copy of it. */
export interface ChildEnd {
  readonly fd: number
}

/** What the child finds as descriptor 0, 1, 2 ...: a descriptor of ours, /dev/null, or the end of a pipe. */
export type Descriptor = number | 'null' | ChildEnd

export interface Start {
  /** A path; a name without a slash is searched in PATH of `env`. */
  readonly program: ByteString
  /** Without the program's name. */
  readonly args: readonly ByteString[]
  /** What the child sees as its own name; the program's path unless given. */
  readonly argv0?: ByteString
  readonly env: Environment
  readonly cwd?: ByteString
  readonly descriptors: readonly Descriptor[]
  /** Give up privileges before the exec; supplementary groups are emptied. Only root can. */
  readonly id?: { readonly uid: number; readonly gid: number }
}

/** A pipe that the child reads and we write. The stream ends when it is ended or the child is gone (EPIPE: an `error` event). */
export function pipeToChild(): { readonly end: ChildEnd; readonly stream: Writable } {
  const { read, write } = pipe()
  const stream = new Socket({ fd: write, readable: false, writable: true })
  return { end: { fd: read }, stream }
}

/** A pipe that the child writes and we read. */
export function pipeFromChild(): { readonly end: ChildEnd; readonly stream: Readable } {
  const { read, write } = pipe()
  const stream = new Socket({ fd: read, readable: true, writable: false })
  return { end: { fd: write }, stream }
}

/** A failure means that nothing runs; its `cause` has the system's error number (ENOENT, EACCES, EAGAIN ...). */
export async function startProgram(start: Start): Promise<Result<Child>> {
  const { program, args, argv0, env, cwd } = throughShell(start)
  let child: ChildProcess
  try {
    child = spawn(program, args, {
      argv0,
      env,
      ...(cwd === undefined ? {} : { cwd }),
      ...start.id,
      stdio: start.descriptors.map((descriptor) =>
        descriptor === 'null' ? 'ignore' : typeof descriptor === 'number' ? descriptor : descriptor.fd,
      ),
    })
  } catch (error) {
    return failed(temporary('3.0', 'unable to start program', error))
  } finally {
    // One end may be given as several descriptors: stdout and stderr of a delivery.
    const ends = new Set(
      start.descriptors.flatMap((descriptor) => (typeof descriptor === 'object' ? [descriptor.fd] : [])),
    )
    for (const fd of ends) closeSync(fd)
  }
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? { is: 'code', code: code ?? 0 } : { is: 'signal', signal }),
    )
  })
  const { pid } = child
  if (pid === undefined) {
    const error = await new Promise<unknown>((resolve) => child.once('error', resolve))
    return failed(temporary('3.0', 'unable to start program', error))
  }
  // A failed kill() is the only other error: the child is gone already.
  child.on('error', () => {})
  return ok({ pid, exited, kill: (signal: NodeJS.Signals) => void child.kill(signal) })
}

/** The first `capBytes` bytes of what the stream yields until its end; the rest is read and thrown away. A broken stream ends. */
export async function collect(stream: Readable, capBytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of stream) {
      const part = (chunk as Buffer).subarray(0, capBytes - size)
      if (part.length > 0) parts.push(part)
      size += part.length
    }
  } catch {
    // What came before the break counts.
  }
  return Buffer.concat(parts)
}
