/**
 * Answers for as long as their owners allow, within bounds: of a resident process the most recent ones, of a one-shot
 * process those of its one delivery. Pure: the clock is an argument. RFC 1035 §7.4; RFC 2308 §5.
 */
import type { Response } from './answer.ts'

export interface CacheLimits {
  readonly entries: number
  /** However long the owner allows it. */
  readonly seconds: number
  /** The same for names that do not exist and for names without records. */
  readonly negativeSeconds: number
}

/** An entry with a hundred records is some 10 KB, an ordinary one 300 bytes. */
export const CACHE_LIMITS: CacheLimits = { entries: 5000, seconds: 86_400, negativeSeconds: 3600 }

interface Entry {
  readonly response: Response
  readonly expiresAtMs: number
}

export class Cache {
  readonly #limits: CacheLimits
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>()

  constructor(limits: CacheLimits = CACHE_LIMITS) {
    this.#limits = limits
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string, nowMs: number): Response | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (entry.expiresAtMs <= nowMs) return undefined
    this.#entries.set(key, entry)
    return entry.response
  }

  /** What was `later` is not kept: the next question may have more luck. */
  put(key: string, response: Response, nowMs: number): void {
    if (response.is === 'later') return
    const cap = response.is === 'found' ? this.#limits.seconds : this.#limits.negativeSeconds
    const seconds = Math.min(response.ttlSeconds, cap)
    this.#entries.delete(key)
    if (seconds <= 0) return
    this.#entries.set(key, { response, expiresAtMs: nowMs + seconds * 1000 })
    if (this.#entries.size <= this.#limits.entries) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }
}
