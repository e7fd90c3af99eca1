import assert from 'node:assert/strict'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { decode, encode } from 'dns-packet'
import { startNameServer, type Zone } from '../../../helpers/name-server.ts'
import { askServers } from '../../../../lib/dns/by-net.ts'
import { createResolver } from '../../../../lib/dns/resolver.ts'
import type { Server } from '../../../../lib/dns/servers.ts'

function resolverAt(servers: readonly Server[], timeoutSeconds = 2, tries = 1) {
  return createResolver(askServers({ servers, timeoutSeconds, tries }), { now: () => Date.now() })
}

const zone: Zone = {
  'example.org': {
    MX: [
      [20, 'B.example.org'],
      [10, 'a.example.org'],
    ],
    A: ['192.0.2.1'],
    AAAA: ['2001:db8::1'],
  },
  'alias.example': { CNAME: 'example.org' },
  'null.example': { MX: [[0, '']] },
  'servfail.example': 'SERVFAIL',
  'refused.example': 'REFUSED',
  'silent.example': 'drop',
  'big.example': { A: Array.from({ length: 250 }, (_, i) => `192.0.2.${i}`) },
  'truncated.example': 'truncated',
  'stuck.example': 'truncatedForEver',
  'old.example': { A: ['192.0.2.8'], trouble: { A: 'noEdns' } },
}

test('found, nosuch, nodata and later are told apart', async () => {
  await using server = await startNameServer(zone)
  const { resolveMx, resolveAddresses } = resolverAt([server], 0.2)
  assert.deepEqual(await resolveMx('example.org'), {
    is: 'found',
    records: [
      { preference: 10, exchange: 'a.example.org' },
      { preference: 20, exchange: 'b.example.org' },
    ],
  })
  assert.deepEqual(await resolveMx('null.example'), {
    is: 'found',
    records: [{ preference: 0, exchange: '' }],
  })
  assert.deepEqual(await resolveAddresses('alias.example', 6), { is: 'found', records: ['2001:db8::1'] })
  assert.deepEqual(await resolveAddresses('missing.example', 4), { is: 'nosuch' })
  assert.deepEqual(await resolveAddresses('null.example', 4), { is: 'nodata' })
  assert.deepEqual(await resolveMx('servfail.example'), { is: 'later', cause: 'SERVFAIL' })
  assert.deepEqual(await resolveMx('refused.example'), { is: 'later', cause: 'REFUSED' })
  assert.deepEqual(await resolveMx('silent.example'), { is: 'later', cause: 'timed out' })
})

test('an answer too large for a datagram is fetched by TCP and cut at its cap', async () => {
  await using server = await startNameServer(zone)
  const answer = await resolverAt([server]).resolveAddresses('big.example', 4)
  assert.equal(answer.is === 'found' && answer.records.length, 100)
  assert.deepEqual(server.queries, ['A big.example udp', 'A big.example tcp'])
  assert.deepEqual(await resolverAt([server]).resolveMx('truncated.example'), { is: 'nodata' })
})

test('silence by TCP after a truncated datagram is over in time', async () => {
  await using server = await startNameServer(zone)
  const started = performance.now()
  assert.deepEqual(await resolverAt([server], 0.1).resolveMx('stuck.example'), {
    is: 'later',
    cause: 'timed out',
  })
  assert.ok(performance.now() - started < 2000)
})

test('a server that knows no EDNS is asked without', async () => {
  await using server = await startNameServer(zone)
  assert.deepEqual(await resolverAt([server]).resolveAddresses('old.example', 4), {
    is: 'found',
    records: ['192.0.2.8'],
  })
  assert.equal(server.queries.length, 2)
})

test('the next server is asked when one is silent, refuses its port, or fails', async () => {
  await using good = await startNameServer(zone)
  await using bad = await startNameServer({ 'example.org': 'SERVFAIL' })
  const gone = await startNameServer()
  await gone.close()
  const silent = createSocket('udp4').bind(0, '127.0.0.1')
  await once(silent, 'listening')
  const mute = { address: '127.0.0.1', port: silent.address().port }
  const answer = await resolverAt([gone, mute, bad, good], 0.1).resolveAddresses('example.org', 4)
  assert.deepEqual(answer, { is: 'found', records: ['192.0.2.1'] })
  assert.equal(bad.queries.length, 1)
  silent.close()
})

test('a server that cannot even be addressed is trouble, not an exception', async () => {
  const unreachable = { address: 'fe80::1', port: 53 }
  assert.equal((await resolverAt([unreachable], 0.2).resolveMx('x.example')).is, 'later')
})

test('every server is tried as often as told, and no more', async () => {
  await using one = await startNameServer({ 'x.example': 'SERVFAIL' })
  await using two = await startNameServer({ 'x.example': 'SERVFAIL' })
  await resolverAt([one, two], 1, 3).resolveMx('x.example')
  assert.deepEqual([one.queries.length, two.queries.length], [3, 3])
  assert.deepEqual(await resolverAt([]).resolveMx('x.example'), { is: 'later', cause: 'no name server' })
})

/** A server that answers each question with whatever the test makes of it. */
async function startForger(forge: (query: Buffer, server: Socket, client: RemoteInfo) => void) {
  const server = createSocket('udp4').bind(0, '127.0.0.1')
  await once(server, 'listening')
  server.on('message', (query, client) => forge(query, server, client))
  return {
    address: '127.0.0.1',
    port: server.address().port,
    [Symbol.dispose]: () => void server.close(),
  }
}

function forged(query: Buffer, address: string, idOffset = 0, name?: string): Buffer {
  const { id = 0, questions = [] } = decode(query)
  const asked = name === undefined ? questions : questions.map((question) => ({ ...question, name }))
  const answers = asked.map((each) => ({
    type: 'A' as const,
    name: each.name,
    ttl: 60,
    data: address,
  }))
  return encode({ type: 'response', id: (id + idOffset) % 65_536, questions: asked, answers })
}

test('answers with a wrong id, a wrong question or garbage are passed over for the right one', async () => {
  using forger = await startForger((query, server, { port, address }) => {
    server.send(forged(query, '192.0.2.66', 1), port, address)
    server.send(forged(query, '192.0.2.66', 0, 'other.example'), port, address)
    server.send(Buffer.from('garbage'), port, address)
    server.send(Buffer.alloc(0), port, address)
    server.send(query, port, address)
    server.send(forged(query, '192.0.2.1'), port, address)
  })
  assert.deepEqual(await resolverAt([forger]).resolveAddresses('x.example', 4), {
    is: 'found',
    records: ['192.0.2.1'],
  })
})

test('an answer from another address or port than the one asked is not taken', async () => {
  const stranger = createSocket('udp4').bind(0, '127.0.0.2')
  await once(stranger, 'listening')
  using forger = await startForger((query, server, { port, address }) => {
    stranger.send(forged(query, '192.0.2.66'), port, address, () => {
      server.send(forged(query, '192.0.2.1'), port, address)
    })
  })
  assert.deepEqual(await resolverAt([forger]).resolveAddresses('x.example', 4), {
    is: 'found',
    records: ['192.0.2.1'],
  })
  stranger.close()
})

test('ids and ports differ from question to question', async () => {
  const seen: { id: number; port: number }[] = []
  using forger = await startForger((query, server, { port, address }) => {
    seen.push({ id: decode(query).id ?? 0, port })
    server.send(forged(query, '192.0.2.1'), port, address)
  })
  const { resolveAddresses } = resolverAt([forger])
  for (let i = 0; i < 20; i++) await resolveAddresses(`x${i}.example`, 4)
  assert.ok(new Set(seen.map(({ id }) => id)).size > 15)
  assert.ok(new Set(seen.map(({ port }) => port)).size > 10)
})

test('garbage and a close by TCP are trouble, not an exception', async () => {
  for (const reply of [Buffer.from('\0\x04abcd'), Buffer.from('\0')]) {
    const listener = createServer((socket) => socket.end(reply)).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as { port: number }
    const udp = createSocket('udp4').bind(port, '127.0.0.1')
    await once(udp, 'listening')
    udp.on('message', (query, client) => {
      const { id = 0, questions = [] } = decode(query)
      udp.send(encode({ type: 'response', id, flags: 1 << 9, questions }), client.port, client.address)
    })
    const answer = await resolverAt([{ address: '127.0.0.1', port }]).resolveMx('x.example')
    assert.equal(answer.is, 'later')
    udp.close()
    listener.close()
  }
})
