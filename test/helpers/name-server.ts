/**
 * A DNS server on loopback for tests, UDP and TCP on one port, made of the package dns2. Its zone is plain data that a test may
 * change while it runs. Names are found without regard to case; a name that is not in the zone does not exist. A CNAME is followed
 * within the zone, as the answer of a recursive server shows it; negative answers carry an SOA.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer as createListener, type Socket } from 'node:net'
import { createTCPServer, createUDPServer, Packet, type Resource } from 'dns2'

export interface Records {
  readonly A?: readonly string[]
  readonly AAAA?: readonly string[]
  /** `[0, '']` alone is the null MX of RFC 7505. */
  readonly MX?: readonly (readonly [preference: number, exchange: string])[]
  readonly TXT?: readonly string[]
  readonly CNAME?: string
  /** Seconds; 60 when not given. */
  readonly ttl?: number
  /** What happens instead to questions for one type. */
  readonly trouble?: Readonly<Partial<Record<Type, Trouble>>>
}

export type Type = 'A' | 'AAAA' | 'MX' | 'TXT'

/**
 * `drop`: no answer by UDP or TCP. `truncated`: by UDP an empty answer with TC, by TCP the records. `truncatedForEver`: TC by UDP,
 * silence by TCP. `noEdns`: FORMERR while the question has EDNS, as very old servers do.
 */
export type Trouble =
  | 'NXDOMAIN'
  | 'SERVFAIL'
  | 'REFUSED'
  | 'drop'
  | 'truncated'
  | 'truncatedForEver'
  | 'noEdns'

export type Zone = Record<string, Records | Trouble>

export interface NameServer extends AsyncDisposable {
  readonly address: string
  readonly port: number
  readonly zone: Zone
  /** `MX example.org udp`, in order of arrival. */
  readonly queries: string[]
  close(): Promise<void>
}

/** The minimum of the SOA in negative answers, and so how long they may be kept. */
export const NEGATIVE_TTL_SECONDS = 30

/** On any free port, or on this one: then it throws when the port is taken. */
export async function startNameServer(
  zone: Zone = {},
  address = '127.0.0.1',
  fixedPort?: number,
): Promise<NameServer> {
  const queries: string[] = []
  const handle = (request: Packet, send: (response: Packet) => unknown, transport: Transport) => {
    const response = answer(zone, queries, request, transport)
    if (response !== undefined) void send(response)
  }
  for (;;) {
    const port = fixedPort ?? (await freePort(address))
    const tcp = createTCPServer((request, send) => handle(request, send, 'tcp'))
    const udp = createUDPServer((request, send) => handle(request, send, 'udp'))
    const sockets = new Set<Socket>()
    tcp.on('connection', (socket: Socket) => sockets.add(socket))
    tcp.listen(port, address)
    await once(tcp, 'listening')
    const isBound = await Promise.race([
      udp.listen(port, address).then(() => true),
      once(udp, 'error').then(() => false),
    ])
    const close = async () => {
      if (!tcp.listening) return
      if (isBound) udp.close()
      sockets.forEach((socket) => socket.destroy())
      tcp.close()
      await once(tcp, 'close')
    }
    if (isBound) return { address, port, zone, queries, close, [Symbol.asyncDispose]: close }
    await close()
    if (fixedPort !== undefined) throw new Error(`port ${port} of ${address} is taken`)
  }
}

type Transport = 'udp' | 'tcp'

/** A port that is free for TCP; that it is free for UDP too shows when it is used. */
async function freePort(address: string): Promise<number> {
  const listener = createListener().listen(0, address)
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  listener.close()
  await once(listener, 'close')
  return port
}

function answer(zone: Zone, queries: string[], request: Packet, transport: Transport) {
  const question = request.questions[0]
  if (question === undefined) return undefined
  const type = Packet.TYPE_NAME[question.type] ?? String(question.type)
  queries.push(`${type} ${question.name} ${transport}`)
  const response = Packet.createResponseFromRequest(request)
  response.header.ra = 1

  const entry = find(zone, question.name)
  const trouble = typeof entry === 'string' ? entry : entry?.trouble?.[type as Type]
  const hasEdns = request.additionals.some((record) => record.type === Packet.TYPE.EDNS)
  switch (trouble) {
    case 'drop':
      return undefined
    case 'SERVFAIL':
    case 'REFUSED':
      response.header.rcode = Packet.RCODE[trouble]
      return response
    case 'noEdns':
      if (!hasEdns) break
      response.header.rcode = Packet.RCODE.FORMERR
      return response
    case 'truncated':
    case 'truncatedForEver':
      if (transport === 'udp') {
        response.header.tc = 1
        return response
      }
      if (trouble === 'truncatedForEver') return undefined
  }
  fill(response, zone, question.name, type as Type)
  return response
}

function find(zone: Zone, name: string): Records | Trouble | undefined {
  const wanted = name.toLowerCase()
  const key = Object.keys(zone).find((candidate) => candidate.toLowerCase() === wanted)
  return key === undefined ? undefined : zone[key]
}

/** The chain of CNAMEs from the name asked for, then the records of its last name; an SOA when there are none. */
function fill(response: Packet, zone: Zone, asked: string, type: Type): void {
  let name = asked
  for (let hops = 0; hops < 20; hops++) {
    const entry = find(zone, name)
    if (entry === undefined || entry === 'NXDOMAIN') {
      response.header.rcode = Packet.RCODE.NXDOMAIN
      break
    }
    const records = typeof entry === 'string' ? {} : entry
    if (records.CNAME === undefined) {
      response.answers.push(...resources(name, records, type))
      break
    }
    response.answers.push(resource(name, 'CNAME', records, { domain: records.CNAME }))
    name = records.CNAME
  }
  if (response.answers.some((record) => record.type === Packet.TYPE[type])) return
  response.authorities.push({
    ...resource('', 'SOA', { ttl: NEGATIVE_TTL_SECONDS }, { primary: 'ns.test', admin: 'root.ns.test' }),
    serial: 1,
    refresh: 3600,
    retry: 600,
    expiration: 86400,
    minimum: NEGATIVE_TTL_SECONDS,
  })
}

function resources(name: string, records: Records, type: Type): Resource[] {
  switch (type) {
    case 'A':
    case 'AAAA':
      return (records[type] ?? []).map((address) => resource(name, type, records, { address }))
    case 'MX':
      return (records.MX ?? []).map(([priority, exchange]) =>
        resource(name, type, records, { priority, exchange }),
      )
    case 'TXT':
      return (records.TXT ?? []).map((data) => resource(name, type, records, { data }))
    default:
      return []
  }
}

function resource(
  name: string,
  type: Type | 'CNAME' | 'SOA',
  records: Records,
  fields: Partial<Resource>,
): Resource {
  const made = new Packet.Resource(name, Packet.TYPE[type], Packet.CLASS.IN, records.ttl ?? 60)
  return Object.assign(made, fields)
}
