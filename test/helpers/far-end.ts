/**
 * A scripted SMTP server on a real loopback socket: the far end of remote, of a pool, of whole-suite tests. It answers 250 to
 * everything, 354 to DATA, `250 ok queued` after the dot; a recipient that begins with three digits NNN is refused with
 * `NNN-first line` and `NNN rejected by rule`. A script changes any of it, for each connection. It ends a message at CRLF.CRLF and nowhere
 * else, so what was smuggled shows up among the commands. Child programs must be started asynchronously: it lives in the test's process.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Conversation, type FarMessage, type Step } from './far-end-conversation.ts'
import type { Reply, Script } from './far-end-script.ts'

export interface FarConnection {
  /** `C: ` and `S: ` lines in order; a message is one line `C: (12 bytes)`. */
  readonly transcript: readonly string[]
  /** Every command line without its CRLF; one that ended in a bare LF is preceded by `(bare LF) `. */
  readonly commands: readonly string[]
  readonly messages: readonly FarMessage[]
  /** All bytes that came, as they came. */
  received(): Buffer
  /** Resolves when the connection is over, whoever ended it. */
  readonly ended: Promise<void>
}

export interface FarEnd extends AsyncDisposable {
  readonly host: string
  readonly port: number
  readonly connections: readonly FarConnection[]
  /** The messages of all connections, in the order of their final dots. */
  readonly messages: readonly FarMessage[]
  /** Resolves when the condition holds; looked at after everything that happens here. Rejects after the timeout. */
  until(condition: () => boolean, timeoutMs?: number): Promise<void>
  /** Ends every connection and the listener. */
  close(): Promise<void>
}

/** Start it; `script` may be made anew for each connection, counted from 0. */
export async function startFarEnd(
  script: Script | ((connection: number) => Script) = {},
  at: { readonly host?: string; readonly port?: number } = {},
): Promise<FarEnd> {
  const host = at.host ?? '127.0.0.1'
  const connections: FarConnection[] = []
  const messages: FarMessage[] = []
  const sockets = new Set<Socket>()
  const watchers = new Set<() => void>()
  const changed = () => watchers.forEach((watcher) => watcher())

  const server = createServer({ noDelay: true, allowHalfOpen: false }, (socket) => {
    const rules = typeof script === 'function' ? script(connections.length) : script
    sockets.add(socket)
    connections.push(serve(socket, rules, messages, changed))
    socket.once('close', () => {
      sockets.delete(socket)
      changed()
    })
    changed()
  })
  server.listen(at.port ?? 0, host)
  await once(server, 'listening')

  const close = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    sockets.forEach((socket) => socket.destroy())
    await closed
  }
  return {
    host,
    port: (server.address() as AddressInfo).port,
    connections,
    messages,
    until: (condition, timeoutMs = 5000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => settle(new Error('the far end waited in vain')), timeoutMs)
        const settle = (error?: Error) => {
          clearTimeout(timer)
          watchers.delete(look)
          return error === undefined ? resolve() : reject(error)
        }
        const look = () => void (condition() && settle())
        watchers.add(look)
        look()
      }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

function serve(socket: Socket, script: Script, messages: FarMessage[], changed: () => void): FarConnection {
  const chunks: Buffer[] = []
  const conversation = new Conversation(script)
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  let dead = false
  let work = Promise.resolve()
  socket.once('close', () => (dead = true))
  socket.on('error', () => undefined)

  const perform = async (steps: readonly Step[]) => {
    for (const step of steps) {
      if (dead) return
      if (step.is === 'message') messages.push(step.message)
      else if (step.is === 'stopReading') socket.pause()
      else dead = (await speak(socket, step.reply)) !== 'open'
      changed()
    }
  }
  const queue = (steps: readonly Step[]) => (work = work.then(() => perform(steps)))

  queue(conversation.greet())
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    queue(conversation.receive(chunk))
  })
  return {
    transcript: conversation.transcript,
    commands: conversation.commands,
    messages: conversation.messages,
    received: () => Buffer.concat(chunks),
    ended,
  }
}

/** Says it; `over` when nothing further may be said on this connection. */
async function speak(socket: Socket, reply: Reply): Promise<'open' | 'over'> {
  if (typeof reply === 'string') {
    socket.write(crlf(reply))
    return 'open'
  }
  if ('bytes' in reply) {
    await writeInPieces(socket, reply.bytes, reply.pieceBytes ?? reply.bytes.length)
    return 'open'
  }
  if (reply.say !== undefined) socket.write(crlf(reply.say))
  if (reply.do === 'close') socket.end()
  if (reply.do === 'reset') socket.resetAndDestroy()
  return 'over'
}

function crlf(text: string): Buffer {
  return Buffer.from(`${text.replaceAll('\n', '\r\n')}\r\n`, 'latin1')
}

/** A turn of the event loop between two writes, without Nagle: they leave as packets of their own. */
async function writeInPieces(socket: Socket, bytes: Uint8Array, pieceBytes: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    socket.write(bytes.subarray(at, at + pieceBytes))
    await new Promise((resolve) => setImmediate(resolve))
  }
}
