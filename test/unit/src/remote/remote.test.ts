import { deepEqual, equal } from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { askServers } from '../../../../lib/dns/by-net.ts'
import { createResolver } from '../../../../lib/dns/resolver.ts'
import { type Connect, connectByTcp } from '../../../../src/remote/connect.ts'
import { startFarEnd } from '../../../helpers/far-end.ts'
import { type NameServer, startNameServer, type Zone } from '../../../helpers/name-server.ts'
import { inProcess, makeRemoteHome } from '../../../helpers/remote.ts'

const accepted = (ip: string) => `r\0K${ip} accepted message.\nRemote host said: 250 ok queued\n\0`
const noConnection = "ZSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n\0"

function dns(server: NameServer) {
  const resolver = createResolver(askServers({ servers: [server], timeoutSeconds: 0.5, tries: 1 }), {
    now: Date.now,
  })
  return { resolver: () => Promise.resolve(resolver) }
}

/** What becomes of a delivery to this host, with mail exchangers that listen on one port of several loopback addresses. */
async function deliver(zone: Zone, host: string, profile: 'qmail' | 'modern', port = 1): Promise<string> {
  await using server = await startNameServer(zone)
  using home = makeRemoteHome({ profile: `${profile}\n`, timeoutconnect: '2\n' })
  return await inProcess(home, { host }, { ...dns(server), port })
}

test('the DNS is followed to the mail exchanger that takes a connection', async () => {
  const far = await startFarEnd({}, { host: '127.0.0.3' })
  const zone: Zone = {
    'h.example': {
      MX: [
        [10, 'down.example'],
        [20, 'up.example'],
      ],
    },
    'down.example': { A: ['127.0.0.2'] },
    'up.example': { CNAME: 'real.example' },
    'real.example': { A: ['127.0.0.3'] },
  }
  equal(await deliver(zone, 'H.example', 'qmail', far.port), accepted('127.0.0.3'))
  equal(await deliver(zone, 'h.example', 'modern', far.port), accepted('127.0.0.3'))
  await far.close()
})

test('a mail exchanger that refuses at SMTP level ends the search', async () => {
  const busy = await startFarEnd({ greeting: '421 busy' }, { host: '127.0.0.2' })
  const idle = await startFarEnd({}, { host: '127.0.0.3', port: busy.port })
  const zone: Zone = {
    'h.example': {
      MX: [
        [10, 'busy.example'],
        [20, 'idle.example'],
      ],
    },
    'busy.example': { A: ['127.0.0.2'] },
    'idle.example': { A: ['127.0.0.3'] },
  }
  equal(
    await deliver(zone, 'h.example', 'qmail', busy.port),
    'ZConnected to 127.0.0.2 but greeting failed.\nRemote host said: 421 busy\n\0',
  )
  equal(idle.connections.length, 0)
  await Promise.all([busy.close(), idle.close()])
})

test('what the DNS does not have, and what it cannot say, are told apart', async () => {
  const zone: Zone = {
    'nodata.example': { TXT: ['here'] },
    'lost.example': { MX: [[10, 'gone.example']] },
    'soft.example': 'SERVFAIL',
    'silent.example': 'drop',
    'halfsoft.example': { MX: [[10, 'soft.example']] },
    'self.example': { MX: [[10, 'me.example']] },
    'me.example': { A: ['127.0.0.1'] },
    'null.example': { MX: [[0, '']], A: ['127.0.0.2'] },
  }
  const nosuch = (name: string) => `DSorry, I couldn't find any host named ${name}. (#5.1.2)\n\0`
  const soft = "ZSorry, I couldn't find any host by that name. (#4.1.2)\n\0"
  const nowhere = "DSorry, I couldn't find a mail exchanger or IP address. (#5.4.4)\n\0"
  const expected: Readonly<Record<string, string>> = {
    'no.such.example': nosuch('no.such.example'),
    'no such': nosuch('no?such'),
    'nodata.example': nosuch('nodata.example'),
    'lost.example': nowhere,
    'soft.example': soft,
    'silent.example': soft,
    'halfsoft.example': soft,
    'self.example':
      "DSorry. Although I'm listed as a best-preference MX or A for that host,\n" +
      "it isn't in my control/locals file, so I don't treat it as local. (#5.4.6)\n\0",
    'null.example': nowhere,
  }
  for (const [host, report] of Object.entries(expected))
    equal(await deliver(zone, host, 'qmail'), report, host)
  equal(
    await deliver(zone, 'null.example', 'modern'),
    'DSorry, the host named null.example does not accept mail. (#5.1.10)\n\0',
  )
})

const hasIpv6 = Object.values(networkInterfaces()).some((addresses = []) =>
  addresses.some(({ address }) => address === '::1'),
)

test(
  'a host with IPv6 addresses only is reached in profile modern',
  { skip: !hasIpv6 && 'no ::1 here' },
  async () => {
    const far = await startFarEnd({}, { host: '::1' })
    const zone: Zone = {
      'six.example': { MX: [[10, 'mx.six.example']] },
      'mx.six.example': { AAAA: ['::1'] },
    }
    equal(await deliver(zone, 'six.example', 'modern', far.port), accepted('::1'))
    equal(
      await deliver(zone, 'six.example', 'qmail', far.port),
      "DSorry, I couldn't find a mail exchanger or IP address. (#5.4.4)\n\0",
    )
    await far.close()
  },
)

test('a relay by name is found by its addresses, with its port', async () => {
  await using far = await startFarEnd()
  await using server = await startNameServer({
    'relay.example': { A: ['127.0.0.1'], MX: [[0, 'elsewhere.example']] },
  })
  using home = makeRemoteHome({ smtproutes: `:relay.example:${far.port}\n` })
  equal(await inProcess(home, { host: 'anywhere.example' }, dns(server)), accepted('127.0.0.1'))
  deepEqual(server.queries, ['A relay.example udp'])
  home.control({ smtproutes: ':gone.example\n' })
  equal(
    await inProcess(home, {}, dns(server)),
    "DSorry, I couldn't find any host named gone.example. (#5.1.2)\n\0",
  )
  home.control({ profile: 'modern\n' })
  equal(await inProcess(home, {}, dns(server)), "ZSorry, I couldn't find any host by that name. (#4.1.2)\n\0")
})

test('a connect that times out is recorded, then the next address is tried', async () => {
  const far = await startFarEnd({}, { host: '127.0.0.3' })
  await using server = await startNameServer({ 'h.example': { A: ['192.0.2.1', '127.0.0.3'] } })
  using home = makeRemoteHome()
  const recorded: unknown[] = []
  const seen: string[] = []
  const connect: Connect = (address, port, seconds) => {
    seen.push(address)
    return address === '192.0.2.1'
      ? Promise.resolve({ is: 'timedOut' })
      : connectByTcp(address, port, seconds)
  }
  const tcpto = {
    shouldSkip: () => false,
    record: (address: string, timedOut: boolean) => Promise.resolve(void recorded.push([address, timedOut])),
  }
  equal(await inProcess(home, {}, { ...dns(server), port: far.port, connect, tcpto }), accepted('127.0.0.3'))
  deepEqual(seen, ['192.0.2.1', '127.0.0.3'])
  deepEqual(recorded, [
    ['192.0.2.1', true],
    ['127.0.0.3', false],
  ])
  await far.close()
})

test('a connection that breaks while tcpto is written is a death like any other', async (t) => {
  const accepted = Promise.withResolvers<Socket>()
  const server = createServer(accepted.resolve).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  using home = makeRemoteHome({ smtproutes: `:127.0.0.1:${(server.address() as AddressInfo).port}\n` })
  const connected = Promise.withResolvers<Socket>()
  const connect: Connect = async (address, port, seconds) => {
    const connection = await connectByTcp(address, port, seconds)
    if (connection.is === 'connected') connected.resolve(connection.socket)
    return connection
  }
  const tcpto = {
    shouldSkip: () => false,
    async record() {
      const socket = await connected.promise
      const closed = new Promise((resolve) => void socket.once('close', resolve))
      ;(await accepted.promise).resetAndDestroy()
      await closed
    },
  }
  equal(
    await inProcess(home, {}, { tcpto, connect }),
    'ZConnected to 127.0.0.1 but connection died. (#4.4.2)\n\0',
  )
})

test('port 0 in a route is a connection that does not come about', async () => {
  using home = makeRemoteHome({ smtproutes: ':127.0.0.1:0\n' })
  equal(await inProcess(home, {}), noConnection)
})

test('when this machine has no descriptors left the report says so', async () => {
  using home = makeRemoteHome({ smtproutes: ':127.0.0.1\n' })
  const connect: Connect = () => Promise.resolve({ is: 'noResources' })
  equal(await inProcess(home, {}, { connect }), 'ZSystem resources temporarily unavailable. (#4.3.0)\n\0')
})
