/**
 * `make test`: install what is missing (as root, where apt is there), bundle the programs once, then run every test file that is
 * here, or those beneath the paths given. Nothing is asked and nothing is read from the terminal. What cannot be tested on this
 * machine is skipped, and the skips are listed with their reasons before the closing lines.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import { run } from 'node:test'
import { spec, type TestEvent } from 'node:test/reporters'
import { root } from './sources.ts'

const kinds = ['unit', 'contract', 'conformance', 'crash', 'e2e']

/** A file that takes longer hangs: the slowest needs a quarter of it on two busy cores. */
const FILE_TIMEOUT_MILLISECONDS = 120_000
const CONCURRENCY = 2

/** The runner waits for a file's process for ever when something in it is never closed. */
const KILL_MILLISECONDS = FILE_TIMEOUT_MILLISECONDS + 10_000

const wanted = process.argv.slice(2)
/** When each child was seen first. */
const seen = new Map<string, number>()
prepare()
const files = testFiles(wanted)
if (files.length === 0) {
  console.error(`test: no test file beneath ${wanted.join(' ')}`)
  process.exit(1)
}

const events = run({
  files,
  cwd: root,
  concurrency: CONCURRENCY,
  timeout: FILE_TIMEOUT_MILLISECONDS,
  // Without workers of V8: the runtime's exit waits for them, and rarely for ever (lib/os, exitNow).
  execArgv: ['--disable-warning=ExperimentalWarning', '--v8-pool-size=0'],
})
const watchdog = setInterval(killTheStuck, 5000)
events.on('test:fail', ({ todo }) => {
  if (todo === undefined || todo === false) process.exitCode = 1
})
const report = new spec()
report.pipe(process.stdout)
for await (const event of withSkips(events)) if (!report.write(event)) await drained(report)
report.end()
await finished(report)
clearInterval(watchdog)

function prepare(): void {
  spawnSync('sh', [`${root}/scripts/packages.sh`], { stdio: ['ignore', 'inherit', 'inherit'] })
  const { status } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--v8-pool-size=0', `${root}/scripts/build.ts`],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  if (status !== 0) process.exit(1)
}

function killTheStuck(): void {
  for (const pid of readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8')
    .trim()
    .split(' ')) {
    const since = seen.get(pid) ?? Date.now()
    seen.set(pid, since)
    if (pid === '' || Date.now() - since < KILL_MILLISECONDS) continue
    console.log(`process ${pid} does not end: killed`)
    process.kill(Number(pid), 'SIGKILL')
  }
}

function testFiles(paths: readonly string[]): readonly string[] {
  const trees = paths.length > 0 ? paths : kinds.map((kind) => `test/${kind}`)
  return trees
    .map((path) => resolve(root, path))
    .filter((path) => existsSync(path))
    .flatMap((path) =>
      statSync(path).isDirectory()
        ? globSync('**/*.test.ts', { cwd: path })
            .sort()
            .map((name) => resolve(path, name))
        : [path],
    )
}

/** The same events, with a list of what was skipped ahead of the runner's closing lines. */
async function* withSkips(source: AsyncIterable<TestEvent>): AsyncGenerator<TestEvent> {
  const skips = new Map<string, number>()
  let told = false
  for await (const event of source) {
    if (event.type === 'test:pass' && event.data.skip !== undefined && event.data.skip !== false) {
      const reason = event.data.skip === true || event.data.skip === '' ? 'no reason given' : event.data.skip
      const line = `${event.data.name}: ${reason}`
      skips.set(line, (skips.get(line) ?? 0) + 1)
    }
    if (
      event.type === 'test:diagnostic' &&
      event.data.nesting === 0 &&
      event.data.message.startsWith('tests ') &&
      !told
    ) {
      told = true
      yield { type: 'test:stdout', data: { file: 'skips', message: listed(skips) } }
    }
    yield event
  }
}

function listed(skips: ReadonlyMap<string, number>): string {
  if (skips.size === 0) return ''
  const lines = [...skips].map(([line, times]) => `  ${line}${times > 1 ? ` (${times} times)` : ''}\n`)
  return `\nSkipped, with the reason:\n${lines.join('')}\n`
}

function drained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((go) => void stream.once('drain', go))
}
