import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { mapOf } from '../../../../lib/control/lines.ts'
import { literalOf, routeFor } from '../../../../src/remote/route.ts'

function route(host: string, ...lines: readonly string[]) {
  const relay = routeFor(mapOf(lines), host)
  return relay === undefined ? undefined : `${relay.host} ${relay.port}`
}

test('the host itself, then its suffixes from the left, then everything: the first hit counts', () => {
  const lines = ['a.b.example:own', '.b.example:b', '.example:example', ':all']
  equal(route('a.b.example', ...lines), 'own 25')
  equal(route('x.b.example', ...lines), 'b 25')
  equal(route('b.example', ...lines), 'example 25')
  equal(route('example', ...lines), 'all 25')
  equal(route('x.y.B.Example', ...lines), 'b 25')
  equal(route('', ...lines), 'all 25')
  equal(route('a.b.example'), undefined)
})

test('an empty value sends the host to the DNS, past what follows', () => {
  equal(route('a.b.example', '.b.example:', ':all'), undefined)
  equal(route('a.example', '.b.example:', ':all'), 'all 25')
})

test('a relay may have a port, after the first colon', () => {
  equal(route('h', ':relay.example:26'), 'relay.example 26')
  equal(route('h', ':192.0.2.1:587'), '192.0.2.1 587')
  equal(route('h', ':relay:26|user|password'), 'relay 26')
  equal(route('h', ':relay:'), 'relay 0')
  equal(route('h', ':relay:x'), 'relay 0')
  equal(route('h', ':relay:65535'), 'relay 65535')
  equal(route('h', ':relay:65536'), 'relay 0')
})

test('an address may stand in brackets, and one of IPv6 has to where a port follows', () => {
  equal(route('h', ':[192.0.2.1]'), '192.0.2.1 25')
  equal(route('h', ':[192.0.2.1]:26'), '192.0.2.1 26')
  equal(route('h', ':[2001:db8::1]:26'), '2001:db8::1 26')
  equal(route('h', ':[IPv6:2001:db8::1]'), '2001:db8::1 25')
  equal(route('h', ':2001:db8::1'), '2001:db8::1 25')
  equal(route('h', ':[relay.example]:26'), '[relay.example] 26')
})

test('literals stand for hosts, IPv6 only in brackets', () => {
  deepEqual(literalOf('192.0.2.1'), { address: '192.0.2.1', family: 4 })
  deepEqual(literalOf('[192.0.2.1]'), { address: '192.0.2.1', family: 4 })
  deepEqual(literalOf('[IPv6:::1]'), { address: '::1', family: 6 })
  deepEqual(literalOf('[::1]'), { address: '::1', family: 6 })
  for (const host of ['::1', '[192.0.2.1', '192.0.2.1]', '[192.0.2.256]', 'h.example', '', '[]'])
    equal(literalOf(host), undefined, host)
})
