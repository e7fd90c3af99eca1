/**
 * send's core: everything between a message in todo/ and the end of its life. The loop in this file is all that send ever does; each
 * part does, in its turn, what can be done without waiting, starts what must wait, and rings when that is over.
 * qmail-send(8): send.8.md
 */
import { channels } from '../../lib/queue/paths.ts'
import { breathe } from './alarm.ts'
import { assemble, type Parts, type Sending, Shared } from './assembly.ts'
import { rereadRouting } from './settings.ts'

/** One part of the work. `proceed` never waits; `nextSeconds` is when it wants a turn though nothing rings. */
interface Part {
  proceed(nowSeconds: number): void
  nextSeconds(): number
}

/** Until it is told to end, or loses a program that it cannot do without. */
export async function send(sending: Sending): Promise<void> {
  const { log } = sending
  const shared = new Shared(sending)
  const parts = assemble(sending, shared)
  const { startup, todo, passes, finish, cleanup } = parts
  listen(sending, shared, parts)

  await startup.scan()
  parts.logStatus()
  const turns: readonly Part[] = [startup, todo, passes.local, passes.remote, finish, cleanup]
  for (;;) {
    const now = shared.alarm.nowSeconds()
    for (const part of turns) part.proceed(now)
    log.flush()
    if (shared.stop.aborted && isQuiet(parts, shared, now)) break
    await shared.alarm.sleepUntil(Math.min(...turns.map((part) => part.nextSeconds())))
  }
  await rememberDueTimes(sending, shared)
  log.line('status: exiting')
  log.flush()
}

/** A queue program that hangs with a bounce is not waited for longer: the bounce is made again at the next start. */
const PATIENCE_SECONDS = 60

/** Nothing is under way that could still be brought to its end. */
function isQuiet({ deliveries, todo, finish }: Parts, { endSeconds }: Shared, nowSeconds: number): boolean {
  if (!deliveries.local.isOver || !deliveries.remote.isOver || !todo.isIdle) return false
  return finish.isIdle(nowSeconds) || nowSeconds >= endSeconds + PATIENCE_SECONDS
}

/** What comes from outside and at any time. */
function listen(
  { trigger, signals, cleaner, controls, log }: Sending,
  shared: Shared,
  { todo }: Parts,
): void {
  trigger.onPull(todo.pull)
  signals.on('SIGTERM', shared.end)
  signals.on('SIGALRM', () => {
    for (const channel of channels) shared.waiting[channel].makeAllDue(shared.alarm.nowSeconds())
    shared.alarm.ring()
  })
  signals.on('SIGHUP', () => {
    const { routing, unreadable } = rereadRouting(controls, shared.routing)
    shared.routing = routing
    if (unreadable !== undefined) log.line(`alert: unable to reread control/${unreadable}`)
    shared.alarm.ring()
  })
  cleaner.onLost(() => {
    log.line('alert: oh no! lost qmail-clean connection! dying...')
    shared.end()
  })
}

/** So many files are touched between two turns of the system. */
const PIECE = 500

/** The next start shall try each message when this run would have. */
async function rememberDueTimes({ keeper, log }: Sending, { waiting }: Shared): Promise<void> {
  for (const channel of channels) {
    for (let due = waiting[channel].take(); due !== undefined; due = waiting[channel].take()) {
      const kept = await keeper.scheduled.setDue(due.number, channel, due.dueSeconds)
      if (!kept.ok) log.warn(kept.failure)
      if (waiting[channel].size % PIECE === 0) await breathe()
    }
  }
}
