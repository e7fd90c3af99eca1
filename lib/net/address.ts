/**
 * Network addresses as people and variables write them: `192.0.2.1:25`, `[2001:db8::1]:25`. Pure. Only numeric addresses: a name
 * would have to be looked up, and a listener must be bound before privileges are given up.
 */
import { isIP } from 'node:net'
import type { ByteString } from '../bytes/bytes.ts'

export interface Endpoint {
  /** An IPv4 or IPv6 address, without brackets. */
  readonly host: string
  readonly port: number
}

/** Undefined when it is not `ADDR:PORT`; port 0 is one: the system chooses. */
export function parseEndpoint(text: ByteString): Endpoint | undefined {
  const parts = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text)
  const host = parts?.[1] ?? parts?.[2] ?? ''
  const port = Number(parts?.[3])
  const family = parts?.[1] === undefined ? 4 : 6
  return isIP(host) === family && port <= 65535 ? { host, port } : undefined
}

export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** An IPv4 client of an IPv6 listener is an IPv4 client: `::ffff:192.0.2.1` is `192.0.2.1`. */
export function plainAddress(host: string): string {
  return /^::ffff:([0-9.]+)$/i.exec(host)?.[1] ?? host
}

/** The two ends of a connection. */
export interface Ends {
  readonly remote: Endpoint
  readonly local: Endpoint
}

/** The variables that tcpserver would set for it, as far as the connection itself tells: ucspi-tcp. */
export function tcpVariables({ remote, local }: Ends): Record<string, ByteString> {
  const common = {
    TCPREMOTEIP: remote.host,
    TCPREMOTEPORT: String(remote.port),
    TCPLOCALIP: local.host,
    TCPLOCALPORT: String(local.port),
  }
  if (!remote.host.includes(':')) return { PROTO: 'TCP', ...common }
  return {
    PROTO: 'TCP6',
    ...common,
    TCP6REMOTEIP: remote.host,
    TCP6REMOTEPORT: String(remote.port),
    TCP6LOCALIP: local.host,
    TCP6LOCALPORT: String(local.port),
  }
}
