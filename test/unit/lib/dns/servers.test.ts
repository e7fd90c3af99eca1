import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { readResolvConf } from '../../../../lib/dns/by-file.ts'
import { parseResolvConf, parseServers } from '../../../../lib/dns/servers.ts'

const here = [{ address: '127.0.0.1', port: 53 }]

test('name servers and options of resolv.conf are used, search lists are not', () => {
  const text =
    '# comment\n; another\nsearch example.org\nnameserver 192.0.2.1\nnameserver\t2001:db8::1 \n' +
    'nameserver not-an-address\noptions timeout:2 attempts:3 rotate\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n'
  assert.deepEqual(parseResolvConf(text), {
    servers: ['192.0.2.1', '2001:db8::1', '192.0.2.3'].map((address) => ({ address, port: 53 })),
    timeoutSeconds: 2,
    tries: 3,
  })
})

test('options have the bounds of resolv.conf(5)', () => {
  assert.deepEqual(parseResolvConf('options timeout:99 attempts:99\n'), {
    servers: here,
    timeoutSeconds: 30,
    tries: 5,
  })
  assert.deepEqual(parseResolvConf('options timeout:0 attempts:0 timeout:x\n'), {
    servers: here,
    timeoutSeconds: 1,
    tries: 1,
  })
})

test('without the file, without servers, or when it is a directory, the server of this machine is asked', () => {
  const directory = mkdtempSync(`${tmpdir()}/resolv-`)
  const usual = { servers: here, timeoutSeconds: 5, tries: 2 }
  assert.deepEqual(readResolvConf(`${directory}/absent`), usual)
  assert.deepEqual(readResolvConf(directory), usual)
  writeFileSync(`${directory}/resolv.conf`, 'domain example.org')
  assert.deepEqual(readResolvConf(`${directory}/resolv.conf`), usual)
  writeFileSync(`${directory}/resolv.conf`, 'nameserver 192.0.2.7')
  assert.deepEqual(readResolvConf(`${directory}/resolv.conf`).servers, [{ address: '192.0.2.7', port: 53 }])
  rmSync(directory, { recursive: true })
})

test('a list of our own may name ports', () => {
  assert.deepEqual(parseServers(['192.0.2.1', '192.0.2.2:5353', '[2001:db8::1]:54'])?.servers, [
    { address: '192.0.2.1', port: 53 },
    { address: '192.0.2.2', port: 5353 },
    { address: '2001:db8::1', port: 54 },
  ])
  assert.deepEqual(parseServers(['2001:db8::1'])?.servers, [{ address: '2001:db8::1', port: 53 }])
  for (const line of ['', 'ns.example', '192.0.2.1:', '192.0.2.1:0', '192.0.2.1:65536', '[::1', '::1]:53'])
    assert.equal(parseServers([line]), undefined, line)
})
