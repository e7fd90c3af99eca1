/**
 * Accept connections. One buffer serves the reads of all sockets of a process, because a reader is done with its bytes when it
 * returns: receiving 10 MiB messages this way takes half the CPU and leaves no garbage behind (measured: 51 MB instead of
 * 116 MB resident with four such sessions).
 */
import { BoundSocket, createServer, type Server, Socket, type SocketConstructorOpts } from 'node:net'
import { failed, ok, type Result, temporary } from '../failure/failure.ts'
import { type Endpoint, type Ends, formatEndpoint, plainAddress } from './address.ts'
import { OUTPUT_BYTES, StreamWire, type Wire } from './wire.ts'

/** Where to listen: an address, or a listening socket that somebody has passed to us. */
export type Place = Endpoint | { readonly fd: number }

export interface Listener {
  /** The real one: a port 0 that was asked for is a number here. Undefined for a Unix socket. */
  readonly endpoint: Endpoint | undefined
  /** Accept no more. Connections go on. */
  close(): void
}

export interface Accepting {
  accepted(wire: Wire, ends: Ends): void
  /** A connection that could not be accepted: out of descriptors, mostly. The listener goes on. */
  failed(error: Error): void
}

/** The kernel cuts it to net.core.somaxconn. */
const BACKLOG = 4096
const READ_BYTES = 65536

/** A port that is ours and on which nobody is answered yet. */
export interface Bound {
  /** The real one: a port 0 that was asked for is a number here. Undefined where only the descriptor is known. */
  readonly endpoint: Endpoint | undefined
  readonly handle: BoundSocket | { readonly fd: number }
}

/** At once, so that privileges can be given up before anybody is accepted. */
export function bind(place: Place): Result<Bound> {
  if ('fd' in place) return ok({ endpoint: undefined, handle: place })
  try {
    const handle = new BoundSocket({ ...place, ipv6Only: place.host.includes(':') })
    const { address, port } = handle.address()
    return ok({ endpoint: { host: address, port }, handle })
  } catch (error) {
    return failed(temporary('4.2', `unable to bind ${formatEndpoint(place)}`, error))
  }
}

export function listen({ handle }: Bound, accepting: Accepting): Promise<Result<Listener>> {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
    const ends = endsOf(socket)
    // A client that is gone already has no address any more.
    if (ends === undefined) socket.destroy()
    else accepting.accepted(adopt(socket, buffer), ends)
  })
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(failed(temporary('4.2', 'unable to listen', error))))
    server.listen(
      'fd' in handle && typeof handle.fd === 'number' ? { fd: handle.fd } : { handle, backlog: BACKLOG },
      () => {
        server.removeAllListeners('error')
        server.on('error', (error) => accepting.failed(error))
        resolve(ok({ endpoint: endpointOf(server), close: () => void server.close() }))
      },
    )
  })
}

function endpointOf(server: Server): Endpoint | undefined {
  const address = server.address()
  return address === null || typeof address === 'string'
    ? undefined
    : { host: address.address, port: address.port }
}

const nowhere: Endpoint = { host: '', port: 0 }

/** A Unix socket has no addresses: empty ones. */
function endsOf(socket: Socket): Ends | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  if (remoteAddress !== undefined && remotePort !== undefined) {
    return {
      remote: { host: plainAddress(remoteAddress), port: remotePort },
      local: { host: plainAddress(localAddress ?? ''), port: localPort ?? 0 },
    }
  }
  return socket.remoteFamily === undefined && socket.readyState === 'open'
    ? { remote: nowhere, local: nowhere }
    : undefined
}

/** The runtime lets only those who make a socket say into which memory it reads: so it is made again around the same handle. */
interface WithHandle {
  readonly _handle?: unknown
}

function adopt(accepted: Socket, buffer: Buffer): Wire {
  const handle = (accepted as unknown as WithHandle)._handle
  if (handle === undefined || handle === null) {
    accepted.resume()
    return new StreamWire(accepted, accepted, 'events')
  }
  const options = {
    handle,
    allowHalfOpen: true,
    writableHighWaterMark: OUTPUT_BYTES,
    onread: {
      buffer,
      callback: (count: number) => {
        wire.deliver(count === buffer.length ? buffer : buffer.subarray(0, count))
        return true
      },
    },
  }
  const socket = new Socket(options as unknown as SocketConstructorOpts)
  const wire = new StreamWire(socket, socket, 'deliver')
  return wire
}
