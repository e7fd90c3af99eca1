/** Who is connected, as variables. */
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import {
  clientOfEnvironment,
  clientOfSocket,
  environmentOf,
  factsOf,
  sharedEnvironment,
  variable,
} from '../../../../src/smtpd/client.ts'

const ends = { remote: { host: '192.0.2.7', port: 4711 }, local: { host: '192.0.2.1', port: 25 } }

test('what tcpserver says wins over what the socket says', () => {
  const client = clientOfEnvironment({ TCPREMOTEIP: '198.51.100.1', RELAYCLIENT: '' }, ends)
  equal(variable(client, 'TCPREMOTEIP'), '198.51.100.1')
  equal(variable(client, 'RELAYCLIENT'), '')
  equal(variable(client, 'TCPLOCALIP'), undefined)
})

test('where the environment does not know the client, the socket does', () => {
  const client = clientOfEnvironment({ PATH: '/bin' }, ends)
  equal(variable(client, 'TCPREMOTEIP'), '192.0.2.7')
  deepEqual(environmentOf(client)['PATH'], '/bin')
  equal(variable(clientOfEnvironment({}, undefined), 'TCPREMOTEIP'), undefined)
})

test('variables of one client do not reach another', () => {
  const shared = sharedEnvironment({
    PATH: '/bin',
    TCPREMOTEIP: '1',
    TCP6REMOTEIP: '1',
    TCPLOCALHOST: 'x',
    PROTO: 'TCP',
    RELAYCLIENT: '',
  })
  deepEqual(shared, { PATH: '/bin', RELAYCLIENT: '' })
  const client = clientOfSocket(ends, 'mx.example', shared)
  equal(variable(client, 'TCPREMOTEIP'), '192.0.2.7')
  equal(variable(client, 'TCPLOCALHOST'), 'mx.example')
  equal(environmentOf(client)['PATH'], '/bin')
})

test('a client of a Unix socket has no address', () => {
  const nowhere = { host: '', port: 0 }
  equal(
    variable(clientOfSocket({ remote: nowhere, local: nowhere }, undefined, {}), 'TCPREMOTEIP'),
    undefined,
  )
})

test('facts for the queue are few and short', () => {
  const client = {
    own: { TCPREMOTEIP: '192.0.2.7', TCPREMOTEINFO: 'x'.repeat(9000) },
    shared: { PATH: '/bin' },
  }
  const facts = factsOf(client, 'h'.repeat(70_000))
  deepEqual(Object.keys(facts), ['HELO', 'TCPREMOTEIP', 'TCPREMOTEINFO'])
  equal(Object.values(facts).join('').length < 2000, true)
})
