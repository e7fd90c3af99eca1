/**
 * The delivery of one message to recipients at one host: route or DNS, the first address that takes a connection, one dialogue. Called
 * by main; a pool of connections will call the same parts. What it needs of the world are arguments. It gives a report in every
 * case, and a trouble of ours is always a report of the kind "try again". qmail-remote(8).
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import type { Resolver } from '../../lib/dns/resolver.ts'
import type { Log } from '../../lib/program/log.ts'
import { ClientSession } from '../../lib/smtp/client.ts'
import { type Candidate, type Candidates, findExchangers, findRelay, type Lookup } from './candidates.ts'
import type { Connect } from './connect.ts'
import { Dialogue, type Mailing } from './dialogue.ts'
import { ended, noConnection, noResources, notFound, relayNotFound, type Report } from './report.ts'
import { routeFor, SMTP_PORT } from './route.ts'
import type { Settings } from './settings.ts'
import type { Tcpto } from './tcpto.ts'

export interface Job extends Mailing {
  /** The host as it stands in the addresses; not to be resolved when smtproutes names a relay. */
  readonly host: ByteString
}

export interface Surroundings {
  readonly settings: Settings
  /** Made when the first name has to be looked up. */
  resolver(): Promise<Resolver>
  /** Is it an address of this machine? */
  isOwn(address: string): boolean
  /** 0 to 1. */
  random(): number
  readonly tcpto: Tcpto
  readonly connect: Connect
  readonly trace: Log
  /** Where mail exchangers listen; another port in tests only. */
  readonly port?: number
}

export async function deliverRemote(job: Job, surroundings: Surroundings): Promise<Report> {
  const { settings, port = SMTP_PORT } = surroundings
  const relay = routeFor(settings.routes, job.host)
  const lookup = lookupOf(surroundings)
  if (relay !== undefined) {
    const found = await findRelay(relay.host, lookup)
    if (found.is !== 'found') return relayNotFound(found.is, relay.host, settings.profile)
    return deliverTo(found.candidates, relay.port, job, surroundings)
  }
  const found: Candidates = await findExchangers(job.host, lookup)
  return found.is === 'found'
    ? deliverTo(found.candidates, port, job, surroundings)
    : notFound(found.is, job.host)
}

/** qmail knows IPv4 only. A host that has only IPv6 addresses must not bounce in a modern home. */
function lookupOf({ settings, resolver, isOwn, random }: Surroundings): Lookup {
  const isModern = settings.profile === 'modern'
  return { resolver, isOwn, random, families: isModern ? [4, 6] : [4], knowsNullMx: isModern }
}

/** The first that a connection comes about with: what its server then says holds for the message. */
async function deliverTo(
  candidates: readonly Candidate[],
  port: number,
  job: Job,
  { settings, tcpto, connect, trace }: Surroundings,
): Promise<Report> {
  for (const { address } of candidates) {
    if (tcpto.shouldSkip(address)) continue
    const connection = await connect(address, port, settings.connectSeconds)
    trace('connect', { host: job.host, ip: address, port, result: connection.is })
    if (connection.is === 'noResources') return noResources
    await tcpto.record(address, connection.is === 'timedOut')
    if (connection.is !== 'connected') continue
    const session = new ClientSession({ profile: settings.profile, helo: settings.helo })
    const dialogue = new Dialogue(connection.socket, session, job, settings.sessionSeconds)
    return ended(await dialogue.run(), address)
  }
  return noConnection
}
