/**
 * Ask name servers over the network. Each try is a datagram from a socket of its own, connected, so that the port is the kernel's
 * random one and nobody but the server can answer (RFC 5452 §4.5, §9.2); what was cut off is fetched by TCP. Servers are
 * asked in turn, each `tries` times, `timeoutSeconds` per try: that product bounds the whole.
 */
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import { randomInt } from 'node:crypto'
import { errnoOf } from '../failure/errno.ts'
import type { Ask, Question, Response } from './answer.ts'
import { encodeQuestion, readAnswer, type Reading } from './message.ts'
import type { Server, ServerList } from './servers.ts'

/** What one try came to: an answer, or why there is none and the next server is asked. */
type Try = Exclude<Reading, { readonly is: 'foreign' }> | { readonly is: 'nothing'; readonly cause: string }

type Exchange = (
  server: Server,
  question: Question,
  options: { readonly timeoutMs: number; readonly edns: boolean },
) => Promise<Try>

export function askServers({ servers, timeoutSeconds, tries }: ServerList): Ask {
  const timeoutMs = timeoutSeconds * 1000
  return async (question) => {
    let cause = 'no name server'
    for (let round = 0; round < tries; round++) {
      for (const server of servers) {
        const outcome = await askServer(server, question, timeoutMs)
        if (outcome.is === 'response') return outcome.response
        cause =
          outcome.is === 'nothing' ? outcome.cause : outcome.is === 'failure' ? outcome.rcode : outcome.is
      }
    }
    return { is: 'later', cause } satisfies Response
  }
}

async function askServer(server: Server, question: Question, timeoutMs: number): Promise<Try> {
  let edns = true
  let outcome = await byUdp(server, question, { timeoutMs, edns })
  if (outcome.is === 'failure' && outcome.edns === 'unknown') {
    edns = false
    outcome = await byUdp(server, question, { timeoutMs, edns })
  }
  return outcome.is === 'truncated' ? await byTcp(server, question, { timeoutMs, edns }) : outcome
}

const byUdp: Exchange = (server, question, { timeoutMs, edns }) =>
  new Promise((resolve) => {
    const id = randomInt(65_536)
    const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4')
    const settle = (outcome: Try) => {
      clearTimeout(timer)
      socket.removeAllListeners()
      socket.on('error', () => undefined)
      socket.close()
      resolve(outcome)
    }
    const timer = setTimeout(() => settle({ is: 'nothing', cause: 'timed out' }), timeoutMs)
    // A refused port comes back as an error of the socket.
    socket.on('error', (error) => settle({ is: 'nothing', cause: errnoOf(error) }))
    socket.on('message', (bytes) => {
      const reading = readAnswer(bytes, question, id)
      if (reading.is !== 'foreign') settle(reading)
    })
    socket.once('connect', () => socket.send(encodeQuestion(question, id, edns)))
    socket.connect(server.port, server.address)
  })

/** RFC 1035 §4.2.2: two bytes of length in front of a message; so no answer is larger than 65,535 bytes. */
const byTcp: Exchange = (server, question, { timeoutMs, edns }) =>
  new Promise((resolve) => {
    const id = randomInt(65_536)
    const socket = connect(server.port, server.address)
    const settle = (outcome: Try) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(outcome)
    }
    const timer = setTimeout(() => settle({ is: 'nothing', cause: 'timed out' }), timeoutMs)
    let received = Buffer.alloc(0)
    socket.on('error', (error) => settle({ is: 'nothing', cause: errnoOf(error) }))
    socket.on('close', () => settle({ is: 'nothing', cause: 'connection died' }))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return
      const reading = readAnswer(received.subarray(2, 2 + received.readUInt16BE(0)), question, id)
      const isUseless = reading.is === 'foreign' || reading.is === 'truncated'
      settle(isUseless ? { is: 'nothing', cause: 'unreadable answer' } : reading)
    })
    const query = encodeQuestion(question, id, edns)
    const length = Buffer.alloc(2)
    length.writeUInt16BE(query.length)
    socket.write(Buffer.concat([length, query]))
  })
