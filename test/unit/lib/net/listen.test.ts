/** Real connections on loopback: bytes, half-closed clients, clients that do not read. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import type { Ends } from '../../../../lib/net/address.ts'
import { bind, listen } from '../../../../lib/net/listen.ts'
import { OUTPUT_BYTES, type Reader, type Wire } from '../../../../lib/net/wire.ts'

interface Guest extends Reader {
  readonly wire: Wire
  readonly ends: Ends
  readonly said: string[]
  /** Resolves when the event of that name has come. */
  came(event: 'bytes' | 'ended' | 'drained' | 'closed'): Promise<unknown>
}

function guest(wire: Wire, ends: Ends): Guest {
  const events = new EventTarget()
  const said: string[] = []
  const tell = (name: string): boolean => events.dispatchEvent(new Event(name))
  const reader: Guest = {
    wire,
    ends,
    said,
    came: (event) => once(events, event),
    received(bytes) {
      said.push(bytes.toString('latin1'))
      tell('bytes')
    },
    ended: () => void tell('ended'),
    drained: () => void tell('drained'),
    closed: () => void tell('closed'),
  }
  wire.read(reader)
  return reader
}

async function meeting(t: { after(run: () => void): void }): Promise<{ client: Socket; server: Guest }> {
  const bound = bind({ host: '127.0.0.1', port: 0 })
  if (!bound.ok) throw new Error(bound.failure.text)
  const arrived = Promise.withResolvers<Guest>()
  const listener = await listen(bound.value, {
    accepted: (wire, ends) => arrived.resolve(guest(wire, ends)),
    failed: arrived.reject,
  })
  if (!listener.ok) throw new Error(listener.failure.text)
  const client = connect(bound.value.endpoint?.port ?? 0, '127.0.0.1')
  const [server] = await Promise.all([arrived.promise, once(client, 'connect')])
  t.after(() => {
    client.destroy()
    server.wire.destroy()
    listener.value.close()
  })
  return { client, server }
}

test('bytes go both ways, and the ends are known', async (t) => {
  const { client, server } = await meeting(t)
  equal(server.ends.remote.host, '127.0.0.1')
  equal(server.ends.remote.port, client.localPort)
  equal(server.ends.local.port, client.remotePort)
  const heard = server.came('bytes')
  client.write('hello')
  await heard
  deepEqual(server.said, ['hello'])
  equal(server.wire.write('h\xe9\r\n'), true)
  const [answer] = (await once(client, 'data')) as [Buffer]
  equal(answer.toString('latin1'), 'h\xe9\r\n')
})

test('a client that has closed its side still gets what is said', async (t) => {
  const { client, server } = await meeting(t)
  const ended = server.came('ended')
  client.end('bye')
  await ended
  server.wire.write('and to you')
  const closed = server.came('closed')
  server.wire.finish()
  const [answer] = (await once(client, 'data')) as [Buffer]
  equal(answer.toString(), 'and to you')
  await closed
})

test('while it is paused nothing comes', async (t) => {
  const { client, server } = await meeting(t)
  const first = server.came('bytes')
  client.write('one')
  await first
  server.wire.pause()
  client.write('two')
  server.wire.write('ping')
  await once(client, 'data')
  deepEqual(server.said, ['one'])
  const second = server.came('bytes')
  server.wire.resume()
  await second
  deepEqual(server.said, ['one', 'two'])
})

test('a client that does not read is known by what waits for it, and drained says when it has read', async (t) => {
  const { client, server } = await meeting(t)
  client.pause()
  const line = 'x'.repeat(1000)
  let written = 0
  while (server.wire.write(line)) written += line.length
  equal(written > OUTPUT_BYTES, true)
  equal(written < 32 * 1024 * 1024, true)
  const drained = server.came('drained')
  client.resume()
  await drained
  equal(server.wire.write(line), true)
})

test('a port on which somebody listens cannot be bound', async (t) => {
  const { server } = await meeting(t)
  const taken = bind(server.ends.local)
  equal(taken.ok, false)
  match(taken.ok ? '' : taken.failure.text, /^unable to bind 127\.0\.0\.1:[0-9]+$/)
})
