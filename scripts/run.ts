/**
 * `make run`: a working mail system in one command, in the foreground. It bundles the programs, makes or repairs the home, starts the
 * suite, says when mail is truly accepted, and ends with everything it started. Nothing here is needed to run the suite elsewhere:
 * README.md shows the two commands. Exit codes: 0 stopped, 1 did not become ready or a part ended by itself.
 */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { makeHome } from './home/home.ts'
import { quoted } from './home/launchers.ts'
import { Hindrance } from './home/place.ts'
import { checkoutSuite } from './home/suite.ts'
import { checkPort } from './run/port.ts'
import { claim } from './run/claim.ts'
import { startSuite } from './run/suite.ts'
import { untilReady } from './run/ready.ts'
import { root } from './sources.ts'

const READY_SECONDS = 30

const home = resolve(process.env['JSMAIL_HOME'] || `${root}/run`)
const port = Number(process.argv[2] ?? 2525)
/** Then short paths serve. */
const isHere = home === `${root}/run` && process.cwd() === root

// A program of a user may still hold our log pipes: the end is the end.
process.exit(await run().catch(hindered))

function hindered(error: unknown): number {
  if (!(error instanceof Hindrance)) throw error
  console.error(`run: ${error.message}`)
  return 1
}

async function run(): Promise<number> {
  build()
  makeHome({ home, suite: checkoutSuite(), control: `${root}/control`, sample: true })
  await claim(home)
  await checkPort(port)

  const suite = await startSuite(home, port, (line) => console.log(line))
  let stopping = false
  const stop = (): void => {
    stopping = true
    void suite.stop()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  const trouble = await Promise.race([untilReady(home, port, suite, READY_SECONDS), suite.ended])
  if (trouble === undefined && !stopping) tell()
  const ended = trouble ?? (await suite.ended)
  await suite.stop()
  if (stopping) return 0
  console.error(`run: ${ended}`)
  return 1
}

function build(): void {
  const { status } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--v8-pool-size=0', `${root}/scripts/build.ts`],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  if (status !== 0) throw new Hindrance('the programs could not be bundled')
}

function tell(): void {
  const [shown, bin] = isHere ? ['run', 'bin'] : [typed(home), typed(`${home}/bin`)]
  console.log(`jsmail: ready: SMTP on 127.0.0.1:${port}, home ${home}`)
  console.log(`
Send a first message from another terminal:

    printf 'To: you@example.test\\nSubject: hi\\n\\nhello\\n' | ${bin}/inject
    swaks --server 127.0.0.1:${port} --to you@example.test

See it arrive:

    cat ${shown}/mail/you/Maildir/new/*

Also there: postmaster@example.test and hello@example.test (aliases, ${shown}/alias/.qmail-*), and you-log@example.test (a program,
${shown}/mail/you/.qmail-log). Stop with Ctrl-C; what is queued then goes on at the next start.
`)
}

/** As one types it. */
function typed(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : quoted(path)
}
