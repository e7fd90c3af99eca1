import assert from 'node:assert/strict'
import { Resolver } from 'node:dns/promises'
import { test } from 'node:test'
import { startNameServer, type NameServer, type Zone } from '../../helpers/name-server.ts'

// The runtime's own resolver (c-ares) is the foreign client here.
function resolver(server: NameServer, timeout = 2000): Resolver {
  const made = new Resolver({ timeout, tries: 1 })
  made.setServers([`${server.address}:${server.port}`])
  return made
}

const zone: Zone = {
  'example.org': {
    A: ['192.0.2.1', '192.0.2.2'],
    AAAA: ['2001:db8::1'],
    MX: [
      [10, 'mx.example.org'],
      [20, 'b.example.org'],
    ],
  },
  'alias.example': { CNAME: 'example.org' },
  'null.example': { MX: [[0, '']] },
  'servfail.example': 'SERVFAIL',
  'gone.example': 'NXDOMAIN',
  'silent.example': 'drop',
  'big.example': { TXT: Array.from({ length: 30 }, (_, i) => `${i} ${'x'.repeat(100)}`) },
  'truncated.example': 'truncated',
  'half.example': { A: ['192.0.2.9'], trouble: { AAAA: 'SERVFAIL' } },
}

test('addresses, mail exchangers and aliases are answered', async () => {
  await using server = await startNameServer(zone)
  const client = resolver(server)
  assert.deepEqual(await client.resolve4('example.org'), ['192.0.2.1', '192.0.2.2'])
  assert.deepEqual(await client.resolve6('EXAMPLE.org'), ['2001:db8::1'])
  assert.deepEqual(await client.resolve4('alias.example'), ['192.0.2.1', '192.0.2.2'])
  assert.deepEqual(
    (await client.resolveMx('example.org')).map(({ priority, exchange }) => [priority, exchange]),
    [
      [10, 'mx.example.org'],
      [20, 'b.example.org'],
    ],
  )
  assert.deepEqual(server.queries[0], 'A example.org udp')
})

test('the null mail exchanger is the root name', async () => {
  await using server = await startNameServer(zone)
  assert.deepEqual(
    (await resolver(server).resolveMx('null.example')).map(({ exchange }) => exchange),
    [''],
  )
})

test('what does not exist, fails or says nothing does so', async () => {
  await using server = await startNameServer(zone)
  const client = resolver(server, 200)
  await assert.rejects(client.resolve4('gone.example'), { code: 'ENOTFOUND' })
  await assert.rejects(client.resolve4('not.in.the.zone'), { code: 'ENOTFOUND' })
  await assert.rejects(client.resolve4('null.example'), { code: 'ENODATA' })
  await assert.rejects(client.resolve4('servfail.example'), { code: 'ESERVFAIL' })
  await assert.rejects(client.resolve4('silent.example'), { code: 'ETIMEOUT' })
  assert.deepEqual(await client.resolve4('half.example'), ['192.0.2.9'])
  await assert.rejects(client.resolve6('half.example'), { code: 'ESERVFAIL' })
})

test('a large answer is truncated by UDP and whole by TCP', async () => {
  await using server = await startNameServer(zone)
  const records = await resolver(server).resolveTxt('big.example')
  assert.equal(records.length, 30)
  assert.deepEqual(server.queries, ['TXT big.example udp', 'TXT big.example tcp'])
})

test('the zone may change while the server runs', async () => {
  await using server = await startNameServer({})
  const client = resolver(server)
  await assert.rejects(client.resolve4('new.example'), { code: 'ENOTFOUND' })
  server.zone['new.example'] = { A: ['192.0.2.3'] }
  assert.deepEqual(await client.resolve4('new.example'), ['192.0.2.3'])
})
