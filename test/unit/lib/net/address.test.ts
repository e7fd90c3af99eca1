/** Endpoints as text, and the variables of a connection. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { formatEndpoint, parseEndpoint, plainAddress, tcpVariables } from '../../../../lib/net/address.ts'

test('an endpoint is an address and a port, IPv6 in brackets', () => {
  deepEqual(parseEndpoint('127.0.0.1:25'), { host: '127.0.0.1', port: 25 })
  deepEqual(parseEndpoint('[::1]:2525'), { host: '::1', port: 2525 })
  deepEqual(parseEndpoint('[::]:0'), { host: '::', port: 0 })
  for (const text of ['127.0.0.1:25', '[2001:db8::1]:65535']) {
    const endpoint = parseEndpoint(text)
    equal(endpoint && formatEndpoint(endpoint), text)
  }
})

test('what is no endpoint is none', () => {
  for (const text of [
    '',
    '25',
    ':25',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.256:25',
    '::1:25',
    '[::1]',
    '[127.0.0.1]:25',
    'localhost:25',
    '127.0.0.1:25 ',
  ])
    equal(parseEndpoint(text), undefined, text)
})

test('an IPv4 client of an IPv6 listener is an IPv4 client', () => {
  equal(plainAddress('::ffff:192.0.2.1'), '192.0.2.1')
  equal(plainAddress('2001:db8::1'), '2001:db8::1')
})

test('a connection gives the variables that tcpserver would set', () => {
  const local = { host: '192.0.2.2', port: 25 }
  deepEqual(tcpVariables({ remote: { host: '192.0.2.1', port: 4711 }, local }), {
    PROTO: 'TCP',
    TCPREMOTEIP: '192.0.2.1',
    TCPREMOTEPORT: '4711',
    TCPLOCALIP: '192.0.2.2',
    TCPLOCALPORT: '25',
  })
  const six = tcpVariables({ remote: { host: '2001:db8::1', port: 4711 }, local: { host: '::1', port: 25 } })
  equal(six['PROTO'], 'TCP6')
  equal(six['TCP6REMOTEIP'], '2001:db8::1')
})
