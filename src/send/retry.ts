/**
 * When a message is tried again, and when that is over. The tries of a message lie on a parabola: the older it is, the longer
 * the pause. Pure; all times are whole seconds. qmail-send(8).
 */
import type { Channel } from '../../lib/queue/paths.ts'

/** How far along its parabola a channel steps: the first retry comes after 100 seconds (local) or 400 (remote). */
const skip: { readonly [channel in Channel]: number } = { local: 10, remote: 20 }

/** A file of the queue could not be read or removed: the next attempt comes after so long. */
export const TROUBLE_SECONDS = 123

/** The next attempt, reckoned when one begins. */
export function nextAttempt(channel: Channel, birthSeconds: number, nowSeconds: number): number {
  const age = Math.max(0, nowSeconds - birthSeconds)
  return birthSeconds + (Math.floor(Math.sqrt(age)) + skip[channel]) ** 2
}

/** Has the message been in the queue too long when an attempt begins? Then that attempt is the last. */
export function isDying(birthSeconds: number, nowSeconds: number, lifetimeSeconds: number): boolean {
  return nowSeconds > birthSeconds + lifetimeSeconds
}
