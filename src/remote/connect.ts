/** A TCP connection to one address, within its time. */
import { connect, type Socket } from 'node:net'
import { errnoOf } from '../../lib/failure/errno.ts'

export type Connection =
  | { readonly is: 'connected'; readonly socket: Socket }
  /** Nobody answered: what tcpto counts. */
  | { readonly is: 'timedOut' }
  /** This machine has no descriptor or memory for it. */
  | { readonly is: 'noResources' }
  | { readonly is: 'failed'; readonly code: string }

export type Connect = (address: string, port: number, timeoutSeconds: number) => Promise<Connection>

const ours: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])

export const connectByTcp: Connect = (address, port, timeoutSeconds) => {
  if (port <= 0) return Promise.resolve({ is: 'failed', code: 'EADDRNOTAVAIL' })
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, noDelay: true })
    const settle = (connection: Connection) => {
      clearTimeout(timer)
      socket.removeAllListeners()
      // It may break before its next user listens; he finds it destroyed.
      socket.on('error', () => undefined)
      if (connection.is !== 'connected') socket.destroy()
      resolve(connection)
    }
    const timer = setTimeout(() => settle({ is: 'timedOut' }), timeoutSeconds * 1000)
    socket.once('connect', () => settle({ is: 'connected', socket }))
    socket.once('error', (error) => {
      const code = errnoOf(error)
      if (code === 'ETIMEDOUT') settle({ is: 'timedOut' })
      else settle(ours.has(code) ? { is: 'noResources' } : { is: 'failed', code })
    })
  })
}
