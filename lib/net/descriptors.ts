/**
 * The connection that a program was started with: descriptors 0 and 1, which may be one socket (tcpserver, inetd), two pipes, a
 * terminal, or files. Also the listening sockets that systemd passes. sd_listen_fds(3), ucspi-tcp.
 */
import { createReadStream, createWriteStream, fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { ReadStream, WriteStream } from 'node:tty'
import { kindOf } from '../program/descriptor.ts'
import type { Environment } from '../program/run.ts'
import { type Ends, plainAddress } from './address.ts'
import { StreamWire, type Wire } from './wire.ts'

export interface Given {
  readonly wire: Wire
  /** Where it is an internet connection: who is at its ends. */
  readonly ends: Ends | undefined
}

export function wireOfDescriptors(input: number, output: number): Given {
  if (isSameSocket(input, output)) {
    const socket = new Socket({ fd: input, readable: true, writable: true, allowHalfOpen: true })
    return { wire: new StreamWire(socket, socket, 'events'), ends: endsOf(socket) }
  }
  const readable = readableOf(input)
  const ends = readable instanceof Socket ? endsOf(readable) : undefined
  return { wire: new StreamWire(readable, writableOf(output), 'events'), ends }
}

function isSameSocket(input: number, output: number): boolean {
  if (kindOf(input) !== 'socket' || kindOf(output) !== 'socket') return false
  const [a, b] = [fstatSync(input), fstatSync(output)]
  return a.dev === b.dev && a.ino === b.ino
}

function readableOf(fd: number): Readable {
  const kind = kindOf(fd)
  if (kind === 'pipe' || kind === 'socket') return new Socket({ fd, readable: true, writable: false })
  return kind === 'terminal' ? new ReadStream(fd) : createReadStream('', { fd })
}

function writableOf(fd: number): Writable {
  const kind = kindOf(fd)
  if (kind === 'pipe' || kind === 'socket') return new Socket({ fd, readable: false, writable: true })
  return kind === 'terminal' ? new WriteStream(fd) : createWriteStream('', { fd })
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): Ends | undefined {
  if (remoteAddress === undefined || localAddress === undefined) return undefined
  return {
    remote: { host: plainAddress(remoteAddress), port: remotePort ?? 0 },
    local: { host: plainAddress(localAddress), port: localPort ?? 0 },
  }
}

/** The first descriptor that systemd passes, and how many are looked at. */
const FIRST_PASSED = 3
const MOST_PASSED = 100

/** The listening sockets that were passed to this process and not to one that started it. */
export function passedSockets(env: Environment, pid: number): readonly number[] {
  if (env['LISTEN_PID'] !== String(pid)) return []
  const count = /^[0-9]{1,9}$/.test(env['LISTEN_FDS'] ?? '')
    ? Math.min(Number(env['LISTEN_FDS']), MOST_PASSED)
    : 0
  return Array.from({ length: count }, (_, index) => FIRST_PASSED + index).filter(
    (fd) => kindOf(fd) === 'socket',
  )
}
