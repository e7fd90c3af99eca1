/**
 * The questions that delivery has: who takes mail for a domain, and which addresses a host has. Between the callers and whoever is
 * asked stands the cache, and one question that several have at the same time is asked once. Pure: `ask` is by-net.ts in a
 * running program. A name that cannot exist in the DNS is answered here: it does not exist.
 */
import type { ByteString } from '../bytes/bytes.ts'
import type { Clock } from '../program/run.ts'
import type { Answer, Ask, Mx, Question, RecordType, Response } from './answer.ts'
import { Cache } from './cache.ts'
import { canonicalName, isDomainName } from './name.ts'

export interface Resolver {
  /** Sorted by preference; at most 100 (message.ts). */
  resolveMx(domain: ByteString): Promise<Answer<Mx>>
  /** Addresses in text form, in the order of the answer; at most 100. */
  resolveAddresses(name: ByteString, family: 4 | 6): Promise<Answer<string>>
}

export function createResolver(ask: Ask, clock: Clock, cache = new Cache()): Resolver {
  const underWay = new Map<string, Promise<Response>>()

  const fetch = async (key: string, question: Question): Promise<Response> => {
    try {
      const response = await ask(question)
      cache.put(key, response, clock.now())
      return response
    } finally {
      underWay.delete(key)
    }
  }
  const look = async (name: ByteString, type: RecordType): Promise<Response> => {
    const canonical = canonicalName(name)
    if (!isDomainName(canonical)) return { is: 'nosuch', ttlSeconds: 0 }
    const key = `${type} ${canonical}`
    const kept = cache.get(key, clock.now())
    if (kept !== undefined) return kept
    const asked = underWay.get(key) ?? fetch(key, { type, name: canonical })
    underWay.set(key, asked)
    return await asked
  }
  return {
    resolveMx: async (domain) => meaning(await look(domain, 'MX'), isMx),
    resolveAddresses: async (name, family) =>
      meaning(await look(name, family === 4 ? 'A' : 'AAAA'), isAddress),
  }
}

function isMx(record: Mx | string): record is Mx {
  return typeof record !== 'string'
}

function isAddress(record: Mx | string): record is string {
  return typeof record === 'string'
}

function meaning<T extends Mx | string>(
  response: Response,
  isWanted: (record: Mx | string) => record is T,
): Answer<T> {
  if (response.is === 'later') return response
  if (response.is === 'found') return { is: 'found', records: response.records.filter(isWanted) }
  return { is: response.is }
}
