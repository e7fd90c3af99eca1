/**
 * Hooks that are programs: started for each question with the facts on descriptor 3 and in the environment, answering by exit code
 * and descriptor 4 (hooks.md). 0 is /dev/null, 1 and 2 are the log. A program that hangs is killed at its timeout; whatever
 * else it does, nothing but its own verdict is touched.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { type ByteString, byteString, pathOf } from '../bytes/bytes.ts'
import { collect, pipeFromChild, pipeToChild, startProgram } from '../exec/start.ts'
import { errnoOf } from '../failure/errno.ts'
import type { Log } from '../program/log.ts'
import type { Clock, Environment } from '../program/run.ts'
import { type Conf, hookNames, parseConf } from './conf.ts'
import type { Facts, Hook, Stage, Verdict } from './hook.ts'
import { encodeFacts, factsEnvironment } from './record.ts'
import { isAnswer, type Outcome, rcptCheckVerdict, REPLY_BYTES, verdictOf } from './verdict.ts'

/** What hooks of a process share. */
export interface Runner {
  /** Working directory of every hook; relative directories of hooks begin there. */
  readonly home: string
  readonly clock: Clock
  readonly log: Log
}

/** The hooks of a stage for a client with these variables: JSMAIL_HOOKS names another directory, or, empty, none. */
export type FindHooks = (variable: (name: string) => ByteString | undefined) => readonly Hook[]

/** How often a directory is looked at, at most. */
const LOOK_MS = 1000
/** Directories that are remembered: tcprules may name one for each of many clients. */
const MOST_DIRECTORIES = 100

export function findHooks(stage: Stage, runner: Runner): FindHooks {
  const known = new Map<ByteString, { readonly at: number; readonly hooks: readonly Hook[] }>()
  return (variable) => {
    const directory = variable('JSMAIL_HOOKS') ?? 'control/hooks'
    if (directory === '') return []
    const now = runner.clock.now()
    const last = known.get(directory)
    if (last !== undefined && now >= last.at && now < last.at + LOOK_MS) return last.hooks
    const hooks = readHooks(`${absolute(directory, runner.home)}/${stage}`, stage, runner)
    if (known.size >= MOST_DIRECTORIES) known.clear()
    known.set(directory, { at: now, hooks })
    return hooks
  }
}

/** The program that the variable RCPTCHECK names, of the patch of that name; it runs before the hooks of the directory. */
export function rcptCheck(program: ByteString, runner: Runner): Hook {
  const conf = parseConf('', 'rcpt')
  return {
    name: 'RCPTCHECK',
    async run(facts) {
      const env = { ...factsEnvironment('rcpt', facts), USE_FD4: '1' }
      const { outcome, text } = await execute({
        name: 'RCPTCHECK',
        program,
        args: [],
        env,
        facts,
        conf,
        runner,
      })
      return rcptCheckVerdict(outcome, text)
    },
  }
}

function absolute(path: ByteString, home: string): ByteString {
  return path.startsWith('/') ? path : `${home}/${path}`
}

function readHooks(directory: ByteString, stage: Stage, runner: Runner): readonly Hook[] {
  let names: readonly ByteString[]
  try {
    names = readdirSync(pathOf(directory), 'latin1')
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? [] : [unreadable(directory, error, runner)]
  }
  return hookNames(names).map((name) => programHook(`${directory}/${name}`, name, stage, runner))
}

/** Whoever may not be asked has not agreed. */
function unreadable(directory: ByteString, error: unknown, { log }: Runner): Hook {
  return {
    name: directory,
    async run() {
      log('hook', { hook: directory, error: errnoOf(error) })
      return { is: 'refuse', retry: 'later', reply: '' }
    },
  }
}

function programHook(path: ByteString, name: ByteString, stage: Stage, runner: Runner): Hook {
  const conf = readConf(`${path}.conf`, stage)
  return {
    name,
    async run(facts) {
      const env = factsEnvironment(stage, facts)
      // Checkpassword style: a hook may start the program in its arguments when it agrees.
      const { outcome, text } = await execute({
        name,
        program: path,
        args: ['true'],
        env,
        facts,
        conf,
        runner,
      })
      return obeyed(verdictOf(stage, outcome, text), outcome, name, conf, runner)
    },
  }
}

function readConf(path: ByteString, stage: Stage): Conf {
  try {
    return parseConf(byteString(readFileSync(pathOf(path))), stage)
  } catch {
    return parseConf('', stage)
  }
}

function obeyed(verdict: Verdict, outcome: Outcome, hook: ByteString, conf: Conf, { log }: Runner): Verdict {
  if (!isAnswer(outcome)) log('hook', { hook, ...outcome, 'on-error': conf.onError })
  if (!isAnswer(outcome) && conf.onError === 'skip') return { is: 'continue' }
  if (conf.mode === 'live') return verdict
  log('hook', {
    hook,
    mode: 'shadow',
    verdict: verdict.is,
    ...(verdict.is === 'refuse' ? { retry: verdict.retry } : {}),
  })
  return { is: 'continue' }
}

interface Execution {
  readonly name: ByteString
  readonly program: ByteString
  readonly args: readonly ByteString[]
  readonly env: Environment
  readonly facts: Facts
  readonly conf: Conf
  readonly runner: Runner
}

/** Of what a hook prints, so much goes to the log. */
const LOG_BYTES = 4096
/** Once the program has ended, its own children may still hold the pipes: they are read so long (milliseconds). */
const LAST_WORDS_MS = 100

async function execute(execution: Execution): Promise<{ outcome: Outcome; text: ByteString }> {
  const { name, program, args, env, facts, conf, runner } = execution
  const record = pipeToChild()
  const [printed, complained, answered] = [pipeFromChild(), pipeFromChild(), pipeFromChild()]
  // A program need not read the facts.
  record.stream.on('error', () => {})
  const started = await startProgram({
    program: absolute(program, runner.home),
    args,
    env,
    cwd: runner.home,
    descriptors: ['null', printed.end, complained.end, record.end, answered.end],
  })
  const streams = [printed.stream, complained.stream, answered.stream, record.stream]
  if (!started.ok) {
    for (const stream of streams) stream.destroy()
    runner.log('hook', { hook: name, error: errnoOf(started.failure.cause) })
    return { outcome: { is: 'unstartable' }, text: '' }
  }
  record.stream.end(encodeFacts(facts))
  const words = Promise.all([
    collect(answered.stream, REPLY_BYTES),
    collect(printed.stream, LOG_BYTES),
    collect(complained.stream, LOG_BYTES),
  ])
  let isLate = false
  const deadline = setTimeout(() => {
    isLate = true
    started.value.kill('SIGKILL')
  }, conf.timeoutSeconds * 1000)
  const exited = await started.value.exited
  clearTimeout(deadline)
  const last = setTimeout(() => streams.forEach((stream) => stream.destroy()), LAST_WORDS_MS)
  const [reply, ...outputs] = await words
  clearTimeout(last)
  record.stream.destroy()
  for (const output of outputs) logLines(name, byteString(output), runner.log)
  return { outcome: isLate ? { is: 'timeout' } : exited, text: byteString(reply) }
}

function logLines(hook: ByteString, output: ByteString, log: Log): void {
  for (const text of output.split('\n')) if (text !== '') log('hook', { hook, text })
}
