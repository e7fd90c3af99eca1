/**
 * One delivery by bin/local, as lspawn starts it: in a home directory of its own, the message a file on descriptor 0, descriptors
 * 1 and 2 real pipes. Removed when the test is over.
 */
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { byteString } from '../../lib/bytes/bytes.ts'
import { collect, pipeFromChild, startProgram } from '../../lib/exec/start.ts'
import { program } from './program.ts'

/** The message of most cases: lines to quote, and no line feed at its end. */
export const message = 'Subject: t\nFrom: a\n\nFrom here\n>From there\nlast'

export interface Ended {
  /** The exit code, or the signal. */
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

export interface DeliveryOptions {
  /** In front of the operands, instead of `--`. */
  readonly options?: readonly string[]
  readonly home?: string
  readonly local?: string
  readonly dash?: string
  readonly ext?: string
  readonly sender?: string
  readonly defaultDelivery?: string
  readonly message?: string
  readonly env?: Readonly<Record<string, string>>
  readonly id?: { readonly uid: number; readonly gid: number }
  /** Run instead of bin/local, in front of its command line (strace). */
  readonly through?: readonly [program: string, ...args: string[]]
}

export class Home {
  readonly path: string

  constructor(t: TestContext) {
    const root = mkdtempSync(join(tmpdir(), 'home-'))
    t.after(() => rmSync(root, { recursive: true, force: true }))
    this.path = join(root, 'joe')
    mkdirSync(this.path)
    // Whatever the umask of who runs the tests.
    for (const directory of [root, this.path]) chmodSync(directory, 0o755)
  }

  /** Each line of `text` with its line feed; bytes, so that names and contents may hold any. */
  write(name: string, text: string, mode = 0o644): void {
    const path = Buffer.from(join(this.path, name), 'latin1')
    writeFileSync(path, text, { encoding: 'latin1', mode })
    chmodSync(path, mode)
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'latin1')
  }

  makeMaildir(name: string): void {
    for (const part of ['tmp', 'new', 'cur']) mkdirSync(join(this.path, name, part), { recursive: true })
  }

  async deliver(options: DeliveryOptions = {}): Promise<Ended> {
    const { dash = '', ext = '', local = `joe${dash}${ext}`, sender = 's@d.example' } = options
    const operands = ['joe', options.home ?? this.path, local, dash, ext, 'h.e.example', sender]
    const args = [...(options.options ?? ['--']), ...operands, options.defaultDelivery ?? './Mailbox']
    return this.run([program('local'), ...args], options)
  }

  /** Any program with the message on 0. */
  async run(command: readonly string[], options: DeliveryOptions = {}): Promise<Ended> {
    const file = join(dirname(this.path), 'message')
    writeFileSync(file, options.message ?? message, 'latin1')
    chmodSync(file, 0o644)
    const [path = '', ...args] = [...(options.through ?? []), ...command]
    const fd = openSync(file, 'r')
    const [out, err] = [pipeFromChild(), pipeFromChild()]
    try {
      const child = await startProgram({
        program: path,
        args,
        env: { PATH: process.env['PATH'], JSMAIL_HOME: this.path, INHERITED: 'yes', ...options.env },
        descriptors: [fd, out.end, err.end],
        ...(options.id === undefined ? {} : { id: options.id }),
      })
      if (!child.ok) throw new Error(`${path} did not start`, { cause: child.failure.cause })
      const texts = [collect(out.stream, 1_000_000), collect(err.stream, 1_000_000)]
      const [stdout, stderr] = (await Promise.all(texts)).map(byteString)
      const exit = await child.value.exited
      const code = exit.is === 'code' ? exit.code : exit.signal
      return { code, stdout: stdout ?? '', stderr: stderr ?? '' }
    } finally {
      closeSync(fd)
    }
  }
}

export function delivered(stdout: string): Ended {
  return { code: 0, stdout, stderr: '' }
}

export function later(stderr: string, stdout = ''): Ended {
  return { code: 111, stdout, stderr: stderr === '' ? '' : `${stderr}\n` }
}

export function bounced(stderr: string, stdout = ''): Ended {
  return { code: 100, stdout, stderr: stderr === '' ? '' : `${stderr}\n` }
}
