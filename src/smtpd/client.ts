/**
 * Who is connected, as variables: what tcpserver, tcp-env and tcprules put into the environment (ucspi-tcp), or in resident life
 * what the socket tells. Variables of the connection win over those that the process was started with.
 */
import type { ByteString } from '../../lib/bytes/bytes.ts'
import { type Ends, tcpVariables } from '../../lib/net/address.ts'
import type { Environment } from '../../lib/program/run.ts'
import type { ClientFacts } from '../../lib/queue/submission.ts'

export interface Client {
  /** Variables of this connection. */
  readonly own: Environment
  /** Variables of the process, shared by all connections. */
  readonly shared: Environment
}

/** The variables of the process as they count for every client: none that speak of one client. */
export function sharedEnvironment(env: Environment): Environment {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(TCP6?(REMOTE|LOCAL|INTERFACE)|PROTO$)/.test(name)),
  )
}

/** One-shot life: the environment is the client's. Where it says nothing of one (systemd), the socket is asked. */
export function clientOfEnvironment(env: Environment, ends: Ends | undefined): Client {
  const known = env['TCPREMOTEIP'] !== undefined || ends === undefined
  return { own: known ? {} : tcpVariables(ends), shared: env }
}

/** Resident life: the socket's addresses, and our name as `tcpserver -l` gives it. */
export function clientOfSocket(ends: Ends, localHost: ByteString | undefined, shared: Environment): Client {
  const own: Record<string, ByteString> = ends.remote.host === '' ? {} : tcpVariables(ends)
  if (localHost !== undefined) own['TCPLOCALHOST'] = localHost
  return { own, shared }
}

export function variable({ own, shared }: Client, name: string): ByteString | undefined {
  return own[name] ?? shared[name]
}

/** All of them, for a program that is started for this client. */
export function environmentOf({ own, shared }: Client): Environment {
  return { ...shared, ...own }
}

const factNames = ['TCPREMOTEIP', 'TCPREMOTEHOST', 'TCPREMOTEINFO', 'RELAYCLIENT'] as const

/** A fact longer than this is cut: they travel with every message, in one small frame. */
const FACT_BYTES = 512

/** What the queue and its filters shall know of the client. */
export function factsOf(client: Client, helo: ByteString): ClientFacts {
  const facts: Record<string, ByteString> = { HELO: helo.slice(0, FACT_BYTES) }
  for (const name of factNames) {
    const value = variable(client, name)
    if (value !== undefined) facts[name] = value.slice(0, FACT_BYTES)
  }
  return facts
}
