import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test, type TestContext } from 'node:test'
import { type NameServer, startNameServer } from '../../../helpers/name-server.ts'
import { command, freePort, without } from '../../../helpers/peers.ts'
import { askServers } from '../../../../lib/dns/by-net.ts'
import { createResolver } from '../../../../lib/dns/resolver.ts'

/** A foreign recursive server that forwards everything to ours. */
async function startUnbound(t: TestContext, upstream: NameServer): Promise<number> {
  const port = await freePort()
  const directory = mkdtempSync(`${tmpdir()}/unbound-`)
  const lines = [
    'server:',
    ` interface: 127.0.0.1@${port}`,
    ' do-not-query-localhost: no',
    ' module-config: "iterator"',
    ' chroot: ""',
    ' username: ""',
    ` directory: "${directory}"`,
    ` pidfile: "${directory}/pid"`,
    ' use-syslog: no',
    ' verbosity: 1',
    ' num-threads: 1',
    'remote-control:',
    ' control-enable: no',
    'forward-zone:',
    ' name: "."',
    ` forward-addr: ${upstream.address}@${upstream.port}`,
  ]
  writeFileSync(`${directory}/unbound.conf`, `${lines.join('\n')}\n`)
  const child: ChildProcess = spawn(
    command('unbound') ?? '',
    ['-d', '-p', '-c', `${directory}/unbound.conf`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  t.after(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    rmSync(directory, { recursive: true })
  })
  for await (const line of child.stderr ?? []) if (String(line).includes('start of service')) break
  return port
}

test('a foreign recursive server gives the same four outcomes', { skip: without('unbound') }, async (t) => {
  await using upstream = await startNameServer({
    'example.org': { MX: [[10, 'mx.example.org']] },
    'mx.example.org': { CNAME: 'host.example.org' },
    'host.example.org': { A: Array.from({ length: 120 }, (_, i) => `192.0.2.${i}`) },
    'servfail.example.org': 'SERVFAIL',
  })
  const port = await startUnbound(t, upstream)
  const servers = [{ address: '127.0.0.1', port }]
  const { resolveMx, resolveAddresses } = createResolver(
    askServers({ servers, timeoutSeconds: 5, tries: 1 }),
    { now: () => Date.now() },
  )
  assert.deepEqual(await resolveMx('example.org'), {
    is: 'found',
    records: [{ preference: 10, exchange: 'mx.example.org' }],
  })
  const addresses = await resolveAddresses('mx.example.org', 4)
  assert.equal(addresses.is === 'found' && addresses.records.length, 100)
  assert.deepEqual(await resolveAddresses('mx.example.org', 6), { is: 'nodata' })
  assert.deepEqual(await resolveMx('gone.example.org'), { is: 'nosuch' })
  assert.deepEqual(await resolveMx('servfail.example.org'), { is: 'later', cause: 'SERVFAIL' })
})
