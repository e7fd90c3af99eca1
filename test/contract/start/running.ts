/** A start under test: its output as it comes, its children as the kernel knows them, and the certainty that nothing is left. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import type { TestHome } from '../../helpers/home.ts'

export interface Process {
  readonly pid: number
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly groups: string
}

export class Running {
  readonly #child: ChildProcess
  #said = ''
  #changed = () => {}
  #isOver = false
  /** Exit code, or the signal's name. */
  readonly ended: Promise<number | NodeJS.Signals | null>

  constructor(
    t: TestContext,
    home: TestHome,
    args: readonly string[] = [],
    stdin: 'ignore' | 'pipe' = 'ignore',
  ) {
    this.#child = spawn(home.bin('start'), args, { stdio: [stdin, 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('latin1').on('data', (text: string) => {
        this.#said += text
        this.#changed()
      })
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#isOver = true
        this.#changed()
        resolve(signal ?? code)
      })
    })
    t.after(async () => {
      const all = this.tree()
      this.signal('SIGKILL')
      for (const { pid } of all) killQuietly(pid)
      await this.ended
    })
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  /** Lines of descriptors 1 and 2 so far. */
  get said(): string {
    return this.#said
  }

  get stdin() {
    return this.#child.stdin
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Waits until the output has it. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#said)
      if (found !== null) return found
      if (this.#isOver) throw new Error(`start ended without ${pattern}: ${this.#said}`)
      await new Promise<void>((resolve) => (this.#changed = resolve))
    }
  }

  /** Everything beneath start. */
  tree(): readonly Process[] {
    return descendants(this.pid)
  }

  /** A child by its title, which it gives itself some time after its start. */
  async child(name: string): Promise<Process> {
    for (;;) {
      const found = this.tree().find((one) => one.name === name)
      if (found !== undefined) return found
      if (this.#isOver) throw new Error(`start ended without ${name}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

/** How long it took until none of them was there, in milliseconds; undefined after the limit. */
export async function goneAfter(processes: readonly Process[], limit: number): Promise<number | undefined> {
  const since = Date.now()
  while (processes.some(({ pid }) => isAlive(pid))) {
    if (Date.now() - since > limit) return undefined
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return Date.now() - since
}

export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It was gone.
  }
}

function descendants(pid: number): readonly Process[] {
  const children = read(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter((child) => child !== '')
  return children.flatMap((child) => [look(Number(child)), ...descendants(Number(child))])
}

/** A program of ours is named by its bundle, since the runtime is the same for all; others by the kernel. */
function look(pid: number): Process {
  const status = read(`/proc/${pid}/status`)
  const field = (name: string): string => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1] ?? ''
  const [uid = '', gid = ''] = ['Uid', 'Gid'].map((name) => field(name).split('\t')[0] ?? '')
  const title = read(`/proc/${pid}/cmdline`).split('\0')
  return {
    pid,
    name: (title[0] === '/bin/sh' && title[1] === '-c' ? title[3] : title[0])?.trim() ?? '',
    uid: Number(uid),
    gid: Number(gid),
    groups: field('Groups').trim(),
  }
}

function isAlive(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`)
  return stat !== '' && !/^\d+ \(.*\) [ZX]/s.test(stat)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
