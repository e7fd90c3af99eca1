/**
 * send's side of a spawner for tests: a home with a queue, a spawner started on real pipes, commands in, reports out. Run against the
 * sources; nothing in here knows what a report should say.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeCommand } from '../../../lib/spawn/command.ts'

const root = join(import.meta.dirname, '../../..')

export const isRoot = process.getuid?.() === 0

/** As root the walls are real: these accounts are in users/ids. Otherwise all is one user. */
export const ids = { queue: 64005, remote: 64006, send: 64007, getpw: 64004 }
const idsFile = `alias:64001:64011
qmaild:64002:64011
qmaill:64003:64011
qmailp:${ids.getpw}:64011
qmailq:${ids.queue}:64010
qmailr:${ids.remote}:64010
qmails:${ids.send}:64010
`

/** A home that every user may enter, with `tmp` to write in; its message 4/27 is `Subject: t\n\nbody\n`. */
export function makeHome(): { readonly home: string; readonly remove: () => void } {
  const home = mkdtempSync(join(tmpdir(), 'spawn-'))
  chmodSync(home, 0o755)
  for (const directory of ['bin', 'control', 'users', 'tmp', 'queue/mess/4', 'queue/lock'])
    mkdirSync(join(home, directory), { recursive: true })
  chmodSync(join(home, 'tmp'), 0o777)
  const message = join(home, 'queue/mess/4/27')
  writeFileSync(message, 'Subject: t\n\nbody\n')
  if (isRoot) {
    writeFileSync(join(home, 'users/ids'), idsFile, { mode: 0o644 })
    chownSync(message, ids.queue, 64010)
  }
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) }
}

/** An executable file with these lines. */
export function writeScript(path: string, ...lines: readonly string[]): string {
  writeFileSync(path, `${lines.join('\n')}\n`)
  chmodSync(path, 0o755)
  return path
}

/** The lines of a shell script that becomes a program of ours. */
export function programLine(name: string): readonly string[] {
  const main = join(root, `src/${name}/main.ts`)
  return ['#!/bin/sh', `exec '${process.execPath}' --disable-warning=ExperimentalWarning '${main}' "$@"`]
}

/** A program that prints these bytes. */
export function printing(path: string, bytes: string, ...more: readonly string[]): string {
  const octal = [...Buffer.from(bytes, 'latin1')].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
  return writeScript(path, '#!/bin/sh', `printf '${octal.join('')}'`, ...more)
}

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export class Spawner {
  readonly #child: ChildProcess
  #stdout = ''
  #stderr = ''
  #changed = () => {}
  #isOver = false
  readonly #ended: Promise<Ended>

  constructor(name: string, home: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(root, `src/${name}/main.ts`), ...args],
      {
        stdio: 'pipe',
        ...(isRoot && name === 'rspawn' && { uid: ids.remote, gid: 64010 }),
        env: { PATH: process.env['PATH'], JSMAIL_HOME: home, ...env },
      },
    )
    this.#child.stdout?.setEncoding('latin1').on('data', (text: string) => {
      this.#stdout += text
      this.#changed()
    })
    this.#child.stderr?.setEncoding('latin1').on('data', (text: string) => (this.#stderr += text))
    this.#child.stdin?.on('error', () => {})
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        this.#isOver = true
        this.#changed()
        resolve({ code, stdout: this.#stdout, stderr: this.#stderr })
      })
    })
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  send(delnum: number, messid: string, sender: string, recipient: string): this {
    return this.sendBytes(encodeCommand(delnum, messid, sender, recipient))
  }

  sendBytes(bytes: Uint8Array): this {
    this.#child.stdin?.write(bytes)
    return this
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Waits until so many reports have come; they are without their NUL, the capacity byte is not one of them. */
  async reports(count: number): Promise<readonly string[]> {
    for (;;) {
      const reports = this.#stdout.slice(1).split('\0').slice(0, -1)
      if (reports.length >= count) return reports
      if (this.#isOver) throw new Error(`ended after ${this.#stdout}${this.#stderr}`)
      await new Promise<void>((resolve) => (this.#changed = resolve))
    }
  }

  /** Ends the commands and waits for the spawner. */
  end(): Promise<Ended> {
    this.#child.stdin?.end()
    return this.#ended
  }
}
