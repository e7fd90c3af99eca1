/**
 * A running mail system for a test: scripts/run.ts in a home of its own, in a process group of its own, as `make run` starts it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { root } from '../../scripts/sources.ts'

export interface Running {
  readonly child: ChildProcess
  readonly port: number
  /** Every line that it printed. */
  readonly lines: readonly string[]
  /** TERM, as Ctrl-C does; resolves with the exit code when it is over. */
  stop(): Promise<number | null>
  /** KILL to the whole process group. */
  kill(): Promise<void>
}

/** `env` is added to ours. */
export async function startRunning(
  home: string,
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--v8-pool-size=0', `${root}/scripts/run.ts`, String(port)],
    { env: { ...process.env, JSMAIL_HOME: home, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  )
  const lines: string[] = []
  const exited = once(child, 'exit') as Promise<[number | null]>
  const ready = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line)
        if (line.startsWith('jsmail: ready')) resolve()
      })
    }
    void exited.then(([code]) => reject(new Error(`ended with ${code}:\n${lines.join('\n')}`)))
  })
  await ready
  return {
    child,
    port,
    lines,
    async stop() {
      child.kill('SIGTERM')
      const [code] = await exited
      return code
    },
    async kill() {
      process.kill(-child.pid!, 'SIGKILL')
      await exited
    },
  }
}
