/**
 * The resident life: one process, many connections. It listens, hands each client to serve(), keeps their number within
 * control/concurrencyincoming, and stops with grace. smtpd(8), RESIDENT LIFE
 */
import type { Result } from '../../lib/failure/failure.ts'
import { type Ends, formatEndpoint } from '../../lib/net/address.ts'
import { bind, type Bound, listen, type Listener, type Place } from '../../lib/net/listen.ts'
import type { Wire } from '../../lib/net/wire.ts'
import { readDescriptor } from '../../lib/program/descriptor.ts'
import type { Environment, System } from '../../lib/program/run.ts'
import { renderReply, reply, type Reply } from '../../lib/smtp/reply.ts'
import type { Ids } from '../../lib/users/ids.ts'
import { clientOfSocket, sharedEnvironment } from './client.ts'
import { type Conversation, serve } from './serve.ts'
import { type Choices, surround } from './surround.ts'
import { unreadableControls } from './verb/replies.ts'

/** After TERM, or after the parent's end: how long messages that are under way may take (milliseconds). */
const STOP_MS = 30_000
const ORPHANED_MS = 500

const tooMany = reply(421, '4.3.2', 'too many connections, try again later')

export interface Residence {
  readonly places: readonly Place[]
  /** Stop when descriptor 0 ends. */
  readonly untilEof: boolean
}

/**
 * Ports are bound as whoever started us; everything after that, the first accept included, happens as smtpd's own user. Returns
 * the exit code when it was told to stop and the last connection has ended.
 */
export async function receiveMany(
  system: System,
  { places, untilEof }: Residence,
  choices: Choices,
  readIds: () => Result<Ids>,
): Promise<number> {
  choices.heap.keepSmall()
  const bound: Bound[] = []
  for (const place of places) {
    const one = bind(place)
    if (!one.ok) return system.complain(`fatal: ${one.failure.text}`, 111)
    bound.push(one.value)
  }
  if (system.uid === 0) {
    const ids = readIds()
    if (!ids.ok) return system.complain(`fatal: ${ids.failure.text}`, 111)
    system.become(ids.value.qmaild)
  }
  const house = new House(choices, sharedEnvironment(system.env))
  for (const one of bound) {
    const listener = await listen(one, house)
    if (!listener.ok) return system.complain(`fatal: ${listener.failure.text}`, 111)
    house.listeners.push(listener.value)
    const { endpoint } = listener.value
    system.log('listen', { address: endpoint === undefined ? 'passed' : formatEndpoint(endpoint) })
  }
  system.on('SIGTERM', () => house.stop(STOP_MS))
  // With a parent, the order to stop comes from it and not from the terminal.
  system.on('SIGINT', () => void (untilEof || house.stop(STOP_MS)))
  if (untilEof) void atEnd(0).then(() => house.stop(ORPHANED_MS))
  await house.empty
  return 0
}

async function atEnd(fd: number): Promise<void> {
  try {
    for await (const _ of readDescriptor(fd));
  } catch {
    // A broken pipe is an end as well.
  }
}

/** The clients that are here. */
class House {
  readonly listeners: Listener[] = []
  /** Resolves once, after stop(), when nobody is left. */
  readonly empty: Promise<void>
  readonly #choices: Choices
  readonly #shared: Environment
  readonly #guests = new Set<Conversation>()
  #isStopping = false
  #isEmpty!: () => void

  constructor(choices: Choices, shared: Environment) {
    this.#choices = choices
    this.#shared = shared
    this.empty = new Promise((resolve) => (this.#isEmpty = resolve))
  }

  accepted(wire: Wire, ends: Ends): void {
    const settings = this.#choices.settings()
    if (!settings.ok) {
      this.#choices.log('controls', { error: settings.failure.text, cause: String(settings.failure.cause) })
      return turnAway(wire, unreadableControls)
    }
    if (this.#guests.size >= settings.value.maxConnections) return turnAway(wire, tooMany)
    const over = (): void => {
      this.#guests.delete(guest)
      if (this.#isStopping && this.#guests.size === 0) this.#isEmpty()
    }
    const client = clientOfSocket(ends, settings.value.me, this.#shared)
    const guest = serve(wire, { ...surround(this.#choices, settings.value, client), over })
    this.#guests.add(guest)
  }

  failed(error: Error): void {
    this.#choices.log('accept', { error: String(error) })
  }

  /** Nobody new; who is between messages leaves now, others when their message is through. */
  stop(withinMs: number): void {
    // A second order may be the more urgent one.
    setTimeout(() => {
      for (const guest of this.#guests) guest.destroy()
    }, withinMs).unref()
    if (this.#isStopping) return
    this.#isStopping = true
    for (const listener of this.listeners) listener.close()
    if (this.#guests.size === 0) return this.#isEmpty()
    for (const guest of this.#guests) guest.stop()
  }
}

/** How long a client that was turned away may take to close (milliseconds). */
const TURN_AWAY_MS = 1000

function turnAway(wire: Wire, answer: Reply): void {
  const timer = setTimeout(() => wire.destroy(), TURN_AWAY_MS)
  wire.read({ received() {}, ended: () => wire.destroy(), drained() {}, closed: () => clearTimeout(timer) })
  wire.write(renderReply(answer, 'modern'))
  wire.end()
}
