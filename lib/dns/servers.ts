/**
 * Whom to ask: the name servers of resolv.conf(5), and those of a list of our own, `ADDRESS`, `ADDRESS:PORT` or `[ADDRESS]:PORT`.
 * Search lists are not used: what stands after the @ of a mail address is complete. Pure.
 */
import type { ByteString } from '../bytes/bytes.ts'
import { familyOf } from './address.ts'

export interface Server {
  readonly address: string
  readonly port: number
}

export interface ServerList {
  readonly servers: readonly Server[]
  /** How long one server may take for one answer. */
  readonly timeoutSeconds: number
  /** How often each server is asked. */
  readonly tries: number
}

const PORT = 53
/** resolv.conf(5): MAXNS; options timeout (capped at 30) and attempts (capped at 5). */
const SERVERS = 3
const usual = { timeoutSeconds: 5, tries: 2 }
const here: readonly Server[] = [{ address: '127.0.0.1', port: PORT }]

/** The text of resolv.conf; undefined or without servers: the one on this machine. What is not understood is passed over. */
export function parseResolvConf(text: ByteString | undefined): ServerList {
  const servers: Server[] = []
  let { timeoutSeconds, tries } = usual
  for (const line of (text ?? '').split('\n')) {
    const [keyword, ...words] = line.trim().split(/\s+/)
    const address = words[0] ?? ''
    if (keyword === 'nameserver' && familyOf(address) !== undefined) servers.push({ address, port: PORT })
    if (keyword !== 'options') continue
    for (const word of words) {
      const [, name, digits] = /^(timeout|attempts):(\d{1,6})$/.exec(word) ?? []
      if (name === 'timeout') timeoutSeconds = Math.max(1, Math.min(30, Number(digits)))
      if (name === 'attempts') tries = Math.max(1, Math.min(5, Number(digits)))
    }
  }
  return { servers: servers.length === 0 ? here : servers.slice(0, SERVERS), timeoutSeconds, tries }
}

/** Lines of a control file; undefined when one of them is no server. */
export function parseServers(lines: readonly ByteString[]): ServerList | undefined {
  const servers = lines.slice(0, SERVERS).map(parseServer)
  return servers.every((server) => server !== undefined) ? { servers, ...usual } : undefined
}

function parseServer(line: ByteString): Server | undefined {
  if (familyOf(line) !== undefined) return { address: line, port: PORT }
  const [, bracketed, bare, digits] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(line) ?? []
  const address = bracketed ?? bare ?? ''
  const port = digits === undefined ? PORT : Number(digits)
  return familyOf(address) !== undefined && port > 0 && port < 65_536 ? { address, port } : undefined
}
