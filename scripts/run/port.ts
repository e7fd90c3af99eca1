/**
 * Ports of loopback: whether one can be bound, asked before smtpd is started, because the answer is for people; and one that nobody
 * has, for benches and tests.
 */
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Hindrance } from '../home/place.ts'

/** Twice a second: a suite that is ending by itself may still have it. */
const ATTEMPTS = 8

export async function checkPort(port: number): Promise<void> {
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new Hindrance(`PORT=${String(port)} is no port: a number from 1 to 65535`)
  }
  for (let attempt = 1; ; attempt += 1) {
    const code = await bindError(port)
    if (code === undefined) return
    if (code === 'EADDRINUSE' && attempt < ATTEMPTS) await sleep(500)
    else if (code === 'EADDRINUSE') {
      throw new Hindrance(
        `port ${port} on 127.0.0.1 is in use: stop what listens there, or make run PORT=${port + 1}`,
      )
    } else throw new Hindrance(`port ${port} on 127.0.0.1 cannot be used (${code}): make run PORT=2525`)
  }
}

function bindError(port: number): Promise<string | undefined> {
  return new Promise((answer) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => answer(error.code ?? error.message))
    server.listen(port, '127.0.0.1', () => server.close(() => answer(undefined)))
  })
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}
