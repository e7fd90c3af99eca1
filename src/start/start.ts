/**
 * The parent of the suite. It starts send with its spawners and clean, tied by pipes, and beside them the residents, which it starts
 * again when they end; hands signals on to send; and ends with send, whose status is its own. Called by main.
 * A spawner or clean is never started again: send notices the loss and ends, as in qmail, and whoever watches
 * over start begins anew. qmail-start(8).
 */
import { constants } from 'node:os'
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { type Child, type Exit, startProgram } from '../../lib/exec/start.ts'
import { errnoOf } from '../../lib/failure/errno.ts'
import { endOf, keepRunning, type Kept, pause, type Resident, type Surroundings } from './resident.ts'
import { type ChildIds, type Program, wire, type Wishes } from './wiring.ts'

export interface Suite extends Surroundings, Wishes {
  /** HOME/bin/queue; undefined where qmail's own queue is used alone: then there is no resident queue. */
  readonly queue: ByteString | undefined
  readonly isReady: () => Promise<boolean>
  /** Resolves when whoever started us is gone; undefined when that is not asked for. */
  readonly parentEnded: Promise<void> | undefined
  readonly on: (signal: NodeJS.Signals, listener: () => void) => void
}

const FAILED = 111
/** Between TERM and KILL for send when nobody waits for its deliveries; the guard has the same. */
const PATIENCE_MILLISECONDS = 800

/** Resolves with the exit code when send and, within a limit, all the others are gone. */
export async function startSuite(suite: Suite): Promise<number> {
  let send: Child | undefined
  let isTerminated = false
  const terminate = (): void => {
    isTerminated = true
    send?.kill('SIGTERM')
  }
  suite.on('SIGTERM', terminate)
  suite.on('SIGINT', terminate)
  suite.on('SIGALRM', () => send?.kill('SIGALRM'))
  suite.on('SIGHUP', () => send?.kill('SIGHUP'))

  const children = await startChildren(suite)
  send = children.pop()
  // Nothing is left behind: the pipes end with this process, and the children with the pipes.
  if (send === undefined) return FAILED
  if (isTerminated) terminate()
  void suite.parentEnded?.then(() => endSoon(send))

  const residents = residentsOf(suite, send.pid).map((resident) => keepRunning(resident, suite))
  const sendEnded = new AbortController()
  const announced = announce(suite, sendEnded.signal)
  const status = await send.exited
  sendEnded.abort()
  await announced
  await leave(residents, children)
  return codeOf(status)
}

/** Nobody is there who could say KILL. */
async function endSoon(send: Child | undefined): Promise<void> {
  send?.kill('SIGTERM')
  await pause(PATIENCE_MILLISECONDS)
  send?.kill('SIGKILL')
}

/** All of wire(), in its order; empty when one could not be started. */
async function startChildren(suite: Suite): Promise<Child[]> {
  const children: Child[] = []
  for (const program of wire(suite)) {
    const child = await startChild(suite, program)
    if (child === undefined) return []
    children.push(child)
  }
  return children
}

async function startChild(suite: Suite, program: Program): Promise<Child | undefined> {
  const { name, id, ...rest } = program
  const child = await startProgram({ ...rest, env: suite.env, cwd: '/', ...(id && { id }) })
  if (!child.ok) {
    suite.log('cannot-start', { name, program: rest.program, error: errnoOf(child.failure.cause) })
    return undefined
  }
  void child.value.exited.then((exit) => suite.log('ended', { name, status: endOf(exit) }))
  return child.value
}

/** One row for each: the resident programs that come (filter --serve) are further rows. */
function residentsOf({ queue, ids }: Suite, send: number): readonly Resident[] {
  const rows: Resident[] = [guardOf(send, ids)]
  if (queue !== undefined)
    rows.push({ name: 'queue', program: queue, args: ['--serve', '--until-eof'], id: ids?.queue })
  return rows
}

/**
 * Nothing tells send that start was killed, and send alone would run on without its residents. So a shell with send's rights waits
 * for the end of start and then ends send, which the spawners and clean follow. The queue makes the KILL safe: what was under
 * way is delivered again. A line instead of the end means that send is gone already.
 * A zombie counts as gone: who collects the orphans may take his time.
 */
const guardScript = `trap '' INT HUP TERM
exec 2>/dev/null
read -r word && exit
kill -TERM "$1" || exit
for tenth in 1 2 3 4 5 6 7 8; do
  sleep 0.1
  read -r pid name state rest <"/proc/$1/stat" || exit
  [ "$state" = Z ] && exit
done
kill -KILL "$1"`

function guardOf(send: number, ids: ChildIds | undefined): Resident {
  const args = ['-c', guardScript, 'start-guard', String(send)]
  return { name: 'guard', program: '/bin/sh', args, id: ids?.send, goodbye: 'gone\n' }
}

const ASK_MILLISECONDS = 25

/** Says once that the suite takes mail, unless send ends before. */
async function announce({ log, isReady }: Suite, sendEnded: AbortSignal): Promise<void> {
  while (!(await isReady())) {
    if (sendEnded.aborted) return
    await pause(ASK_MILLISECONDS, sendEnded)
  }
  if (!sendEnded.aborted) log('ready')
}

/** Spawners finish what they run, which may take long after a send that died: then they are left to it, as in qmail. */
const LEAVE_MILLISECONDS = 2000

async function leave(residents: readonly Kept[], children: readonly Child[]): Promise<void> {
  const gone = [...residents.map((kept) => kept.stop()), ...children.map((child) => child.exited)]
  await Promise.race([Promise.all(gone), pause(LEAVE_MILLISECONDS)])
}

/** As a shell says it. */
function codeOf(exit: Exit): number {
  return exit.is === 'code' ? exit.code : 128 + constants.signals[exit.signal]
}
